#pragma once

#include "api/http.hpp"

#include <functional>
#include <string>

namespace vectis::api {

/// What the loopback listener shows. Called from several threads.
struct HealthBackends {
    std::function<std::string()> metrics{};  ///< Prometheus' text exposition
    std::function<bool()> is_ready{};        ///< the stores are open and the lease is held
};

/// Serves /metrics, /healthz and /readyz; the whole API is on the local socket only.
Handler health_handler(HealthBackends backends);

}  // namespace vectis::api
