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

inline constexpr RestartBudget restart_budget{};

/// Stops it for good if it may run; it stays there.
void silence(WorkloadPlan& plan, const ObservedContainer& container, const std::string& cause);

/// True if the container is attached as declared; else adds what repairs it.
bool repair_networks(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const ObservedContainer& current
);

/// A stopped container keeps the id of a network that was made again since; Docker cannot start it.
bool has_stale_network(
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const ObservedContainer& current
);

/// From when on the deadline of a container that is not ready counts.
controller::Time trial_begin(const ObservedContainer& container);

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
