#pragma once

#include "docker-client/types.hpp"
#include "reconcilers/core/identity.hpp"
#include "resources/object.hpp"
#include "resources/volume/volume.hpp"

#include <optional>
#include <string>

namespace vectis::reconcilers {

enum class VolumeVerb { none, create, remove };

struct VolumePlan {
    VolumeVerb verb = VolumeVerb::none;
    std::string cause{};
    bool is_ready = false;
    bool is_stalled = false;
    bool is_gone = false;
    std::string reason{};
    std::string message{};
};

struct DesiredVolume {
    resources::ObjectKey key{};
    std::string name{};  ///< on the engine
    resources::VolumeSpec spec{};
    bool is_deleted = false;
    std::string recreate{};    ///< annotation vectis.dev/recreate: the mark that may be given up
    std::string created_at{};  ///< of the volume that the status knows; empty: none yet
};

/// `seen` is whatever has that name, ours or not. A data volume that is gone is not replaced by an
/// empty one unless somebody says so: an empty mail store that looks healthy is worse than an
/// alarm. Pure.
VolumePlan plan_volume(
    const DesiredVolume& desired,
    const std::optional<docker::Volume>& seen,
    const Identity& identity
);

}  // namespace vectis::reconcilers
