#pragma once

#include "reconcilers/workload/workload_plan.hpp"

#include <string>
#include <vector>

namespace vectis::reconcilers {

/// The containers of a Workload by the part that they play now.
struct Cast {
    const ObservedContainer* target = nullptr;  ///< made from what is desired
    const ObservedContainer* proven = nullptr;  ///< the last that served, if it is not the target
    std::vector<const ObservedContainer*> leftovers{};  ///< from changes that were given up
};

/// Which image a tag means is asked when a container is made, not again: an image that somebody
/// pulls under the same tag replaces nothing that runs.
Cast cast_of(
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress
);

std::string revision_of(const ObservedContainer& container);

/// An action on a container, at the end of a plan.
void add_action(
    WorkloadPlan& plan,
    WorkloadVerb verb,
    const ObservedContainer& container,
    const std::string& cause,
    const std::string& detail = {}
);

/// It neither runs nor will by itself.
bool is_stopped(const ObservedContainer& container);

}  // namespace vectis::reconcilers
