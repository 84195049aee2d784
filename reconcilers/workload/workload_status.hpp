#pragma once

#include "reconcilers/workload/workload_plan.hpp"

#include <boost/json/object.hpp>

namespace vectis::reconcilers {

/// The progress as it is kept below `status.progress`, and back. What is malformed reads as absent.
boost::json::object progress_to_json(const WorkloadProgress& progress);
WorkloadProgress progress_from_json(const boost::json::object& status);

/// What people see of the serving container: container, image, revision, addresses, ports,
/// restarts.
void describe_serving(
    boost::json::object& status,
    const WorkloadPlan& plan,
    const ObservedWorkload& observed,
    const DesiredWorkload& desired
);

}  // namespace vectis::reconcilers
