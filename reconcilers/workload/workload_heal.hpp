#pragma once

#include "controller/clock.hpp"
#include "reconcilers/workload/workload_plan.hpp"

namespace vectis::reconcilers {

/// Restarts that are allowed within the window, Docker's own included; beyond it one try a minute.
struct RestartBudget {
    int restarts = 5;
    std::chrono::seconds window{300};
    std::chrono::seconds pause{60};
};

/// Keeps one container that is meant to serve as it was declared: running, unpaused, attached,
/// answering. Pure; adds to `plan` and sets its phase.
void plan_heal(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress,
    const ObservedContainer& current,
    controller::Time now
);

}  // namespace vectis::reconcilers
