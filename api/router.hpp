#pragma once

#include "api/backends.hpp"
#include "api/http.hpp"

namespace vectis::api {

/// Answers every request of the local socket: health, discovery, the resource API and the product
/// API. Thread-safe as far as the backends are.
class Router {
public:
    explicit Router(Backends backends);

    Response handle(const Request& request) const;

private:
    Backends backends_;
};

}  // namespace vectis::api
