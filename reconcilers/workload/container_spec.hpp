#pragma once

#include "docker-client/types.hpp"
#include "reconcilers/core/identity.hpp"
#include "reconcilers/workload/workload_plan.hpp"
#include "resources/object.hpp"

#include <string>

namespace vectis::reconcilers {

namespace label {
inline constexpr const char* image = "vectis.dev/image";
inline constexpr const char* hash_image = "vectis.dev/hash.image";
inline constexpr const char* hash_spec = "vectis.dev/hash.spec";
inline constexpr const char* hash_files = "vectis.dev/hash.files";
inline constexpr const char* generation = "vectis.dev/generation";
}  // namespace label

/// The container that a desired Workload is made into. Locked down: read-only root, every
/// capability dropped but the declared ones, no new privileges, restart policy `no` until it has
/// proved itself.
docker::ContainerSpec container_spec(
    const DesiredWorkload& desired,
    const resources::Object& object,
    const Identity& identity,
    const std::string& name,
    std::int64_t generation
);

docker::Endpoint endpoint_of(const resources::NetworkAttachment& attachment);

/// The number at the end of a container's name; 0 if there is none.
std::int64_t generation_of(const std::string& name);

}  // namespace vectis::reconcilers
