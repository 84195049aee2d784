#pragma once

#include "api/backends.hpp"
#include "api/http.hpp"

#include <boost/json/object.hpp>

namespace vectis::api {

/// Kubernetes' core/v1 EventList. `after=N` leaves out those with a sequence up to N;
/// `resourceVersion` of the list is the last one.
Response events_request(const Backends& backends, const Request& request);

boost::json::object to_json(const controller::Event& event);

}  // namespace vectis::api
