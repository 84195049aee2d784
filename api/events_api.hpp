#pragma once

#include "api/backends.hpp"
#include "api/http.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace vectis::api {

/// Kubernetes' core/v1 EventList of a namespace, or of all if `ns` is empty, or a watch of it.
/// `fieldSelector` narrows it by involvedObject, name, namespace, reason and type. `after=N` leaves
/// out those with a sequence up to N; `resourceVersion` of the list is the last one.
Response events_request(const Backends& backends, const Request& request, const std::string& ns);

boost::json::object to_json(const controller::Event& event);

}  // namespace vectis::api
