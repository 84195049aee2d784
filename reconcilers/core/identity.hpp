#pragma once

#include "docker-client/types.hpp"
#include "resources/object.hpp"

#include <string>

namespace vectis::reconcilers {

/// Whose objects these are on an engine that others use too.
struct Identity {
    std::string installation{};  ///< UUID made once, kept in $VECTIS_HOME
    std::string project{};       ///< prefix of every name

    friend bool operator==(const Identity&, const Identity&) = default;
};

namespace label {
inline constexpr const char* installation = "vectis.dev/installation";
inline constexpr const char* kind = "vectis.dev/kind";
inline constexpr const char* ns = "vectis.dev/namespace";
inline constexpr const char* name = "vectis.dev/name";
inline constexpr const char* uid = "vectis.dev/uid";
inline constexpr const char* mark = "vectis.dev/mark";
}  // namespace label

/// "<project>-<name>"
std::string engine_name(const Identity& identity, const std::string& name);

/// Labels of what stands for `object` on the engine. They never change, so they hold identity only.
docker::Labels labels_for(const Identity& identity, const resources::Object& object);

/// The one label that all of ours carry: what lists are filtered by.
docker::Labels installation_labels(const Identity& identity);

/// The labels of a new volume: identity and a mark of its own. A volume that somebody made anew
/// under the old name lacks the mark.
docker::Labels labels_for_volume(
    const Identity& identity, const resources::Object& object, const std::string& mark
);

/// The volume with its mark in the place of `created_at`: Engine 20.10 tells the folder's last
/// modification there, which changes with the content.
docker::Volume marked(docker::Volume volume);

/// Whether something on the engine stands for this object; the uid may differ (a lost store), the
/// installation may not.
bool stands_for(
    const docker::Labels& labels, const Identity& identity, const resources::ObjectKey& key
);

/// The object that something on the engine stands for, by its labels; kind is empty if it is not
/// ours.
resources::ObjectKey key_from(const docker::Labels& labels, const Identity& identity);

}  // namespace vectis::reconcilers
