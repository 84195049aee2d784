#include "api/health.hpp"

#include "api/status_error.hpp"

#include <utility>

namespace vectis::api {

Handler health_handler(HealthBackends backends) {
    return [backends = std::move(backends)](const Request& request) -> Response {
        if (request.method != "GET" && request.method != "HEAD")
            return status_error(405, "MethodNotAllowed", "only GET is allowed here");
        const std::string path = request.segments.size() == 1 ? request.segments.front() : "";
        if (path == "metrics")
            return {
                .status = 200,
                .content_type = "text/plain; version=0.0.4; charset=utf-8",
                .body = backends.metrics(),
                .stream = {}
            };
        if (path == "healthz")
            return {.status = 200, .content_type = "text/plain", .body = "ok\n", .stream = {}};
        if (path != "readyz")
            return status_error(404, "NotFound", "here are /metrics, /healthz and /readyz");
        const bool is_ready = backends.is_ready();
        return {
            .status = is_ready ? 200 : 503,
            .content_type = "text/plain",
            .body = is_ready ? "ok\n" : "not ready\n",
            .stream = {}
        };
    };
}

}  // namespace vectis::api
