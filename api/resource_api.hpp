#pragma once

#include "api/backends.hpp"
#include "api/http.hpp"
#include "resources/kind.hpp"

#include <string>

namespace vectis::api {

/// Which resource a path names: a kind, and perhaps a namespace and a name.
struct ResourcePath {
    const resources::Kind* kind = nullptr;
    std::string ns{};
    std::string name{};
};

/// LIST, GET, WATCH, create, update, apply, merge patch and DELETE of one kind, in Kubernetes' wire
/// format.
Response resource_request(
    const Backends& backends, const ResourcePath& path, const Request& request
);

}  // namespace vectis::api
