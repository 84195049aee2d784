#pragma once

#include "reconcilers/workload/workload_cast.hpp"

namespace vectis::reconcilers {

/// Everything that may run and is not `name` stops, so that never two containers have the same data
/// and ports; then `name` starts. What is proven is kept.
void add_switch(
    WorkloadPlan& plan, const Cast& cast, const std::string& name, const std::string& cause
);

/// The target is there and so is the container that it replaces: it has to prove itself within its
/// deadline, else the proven one serves again and the revision is quarantined. Pure.
void plan_handover(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const Cast& cast,
    controller::Time now
);

}  // namespace vectis::reconcilers
