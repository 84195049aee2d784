#include "api/router.hpp"

#include "api/discovery.hpp"
#include "api/events_api.hpp"
#include "api/product_api.hpp"
#include "api/resource_api.hpp"
#include "api/status_error.hpp"

#include <optional>
#include <span>
#include <string>
#include <utility>

namespace vectis::api {
namespace {

using Segments = std::span<const std::string>;

/// The namespace whose events are wanted, empty for all; nothing if the path is another one.
std::optional<std::string> events_namespace(Segments path) {
    if (path.size() < 3 || path[0] != "api" || path[1] != "v1") return std::nullopt;
    if (path.size() == 3 && path[2] == "events") return std::string{};
    if (path.size() == 5 && path[2] == "namespaces" && path[4] == "events") return path[3];
    return std::nullopt;
}

/// The kind that serves `plural` in a group; null if there is none.
const resources::Kind* kind_in(const std::string& group_version, const std::string& plural) {
    for (const resources::Kind& kind : resources::kinds()) {
        if (kind.api_version == group_version && kind.plural == plural) return &kind;
    }
    return nullptr;
}

/// /apis/GROUP/v1/[namespaces/NS/]PLURAL[/NAME]
std::optional<ResourcePath> resource_path(Segments path) {
    if (path.size() < 4 || path[0] != "apis") return std::nullopt;
    const std::string group_version = path[1] + '/' + path[2];
    Segments rest = path.subspan(3);
    ResourcePath out;
    if (rest.size() >= 3 && rest[0] == "namespaces") {
        out.ns = rest[1];
        rest = rest.subspan(2);
    }
    if (rest.size() > 2) return std::nullopt;
    out.kind = kind_in(group_version, rest[0]);
    if (rest.size() == 2) out.name = rest[1];
    if (out.kind == nullptr) return std::nullopt;
    const bool names_namespace = !out.ns.empty();
    if (names_namespace && !out.kind->is_namespaced) return std::nullopt;
    // A single object of a namespaced kind has no address without its namespace; the collection
    // has: it spans all of them.
    if (!names_namespace && out.kind->is_namespaced && !out.name.empty()) return std::nullopt;
    return out;
}

}  // namespace

Router::Router(Backends backends) : backends_(std::move(backends)) {}

Response Router::handle(const Request& request) const {
    const Segments path(request.segments);
    if (path.size() == 1 && path[0] == "healthz")
        return {.status = 200, .content_type = "text/plain", .body = "ok\n", .stream = {}};
    if (const std::optional<std::string> ns = events_namespace(path)) {
        if (request.method != "GET")
            return status_error(405, "MethodNotAllowed", "events can only be read");
        return events_request(backends_, request, *ns);
    }
    if (path.size() == 3 && path[0] == "api" && path[1] == "v1")
        return product_request(backends_, path[2], request);
    if (const std::optional<ResourcePath> resource = resource_path(path))
        return resource_request(backends_, *resource, request);
    return discovery(request);
}

}  // namespace vectis::api
