#pragma once

#include "docker-client/engine.hpp"
#include "reconcilers/core/seams.hpp"
#include "resources/workload/workload.hpp"

namespace vectis::reconcilers {

/// A refusal because of a host port that is in use, with who holds it and what to do; any other
/// refusal as it is. Asks the engine.
docker::Refusal explain_port_conflict(
    const docker::Refusal& refusal,
    const resources::WorkloadSpec& spec,
    const Seams& seams,
    const docker::Call& call
);

}  // namespace vectis::reconcilers
