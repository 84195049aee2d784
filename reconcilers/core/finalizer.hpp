#pragma once

#include "controller/store.hpp"
#include "resources/object.hpp"

#include <string>

namespace vectis::reconcilers {

/// Held while something on the engine stands for the object.
inline constexpr const char* engine_finalizer = "vectis.dev/engine";
/// Held by a Platform while its children exist.
inline constexpr const char* children_finalizer = "vectis.dev/children";
/// Held by a Mailbox while the lookup tables of the mail servers may have it; the view map_users
/// shows no mailbox without it.
inline constexpr const char* maps_finalizer = "vectis.dev/maps";

bool has_finalizer(const resources::Object& object, const std::string& finalizer);

/// The object with the finalizer, written if it was not there. Before anything is made outside, so
/// that deletion finds it.
resources::Object ensure_finalizer(
    controller::Store& store, const resources::Object& object, const std::string& finalizer
);

/// Writes the object without it; the store removes an object that is being deleted and has none
/// left.
void drop_finalizer(
    controller::Store& store, const resources::Object& object, const std::string& finalizer
);

}  // namespace vectis::reconcilers
