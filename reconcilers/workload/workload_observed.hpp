#pragma once

#include "reconcilers/core/identity.hpp"
#include "reconcilers/core/probe_board.hpp"
#include "reconcilers/core/world_cache.hpp"
#include "reconcilers/workload/workload_plan.hpp"

#include <string>

namespace vectis::reconcilers {

/// The part of the world that belongs to one Workload, with what the prober knows.
ObservedWorkload observed_workload(
    const World& world, const resources::ObjectKey& key, const ProbeBoard& probes
);

}  // namespace vectis::reconcilers
