#pragma once

#include "reconcilers/core/identity.hpp"
#include "reconcilers/core/probe_board.hpp"
#include "reconcilers/core/world_cache.hpp"
#include "reconcilers/workload/workload_plan.hpp"

#include <vector>

namespace vectis::reconcilers {

/// The part of the world that belongs to one Workload, `containers` being its own, with what the
/// prober knows.
ObservedWorkload observed_workload(
    const World& world,
    const std::vector<docker::Container>& containers,
    const resources::ObjectKey& key,
    const Identity& identity,
    const ProbeBoard& probes
);

}  // namespace vectis::reconcilers
