#include "api/resource_api.hpp"

#include "api/resource_read.hpp"
#include "api/resource_write.hpp"
#include "api/status_error.hpp"

#include <optional>
#include <utility>

namespace vectis::api {

Response resource_request(
    const Backends& backends, const ResourcePath& path, const Request& request
) {
    const bool is_collection = path.name.empty();
    if (std::optional<Response> problem = parameter_problem(request); problem)
        return std::move(*problem);
    try {
        if (request.method == "GET")
            return is_collection ? list_or_watch(backends, path, request)
                                 : get_one(backends, path, request);
        if (request.method == "POST" && is_collection) return create_one(backends, path, request);
        if (request.method == "PUT" && !is_collection) return update_one(backends, path, request);
        if (request.method == "PATCH" && !is_collection) return patch_one(backends, path, request);
        if (request.method == "DELETE" && !is_collection)
            return delete_one(backends, path, request);
    } catch (const controller::StoreError& error) {
        return status_error(503, "ServiceUnavailable", error.what());
    }
    return status_error(405, "MethodNotAllowed", request.method + " is not allowed here");
}

}  // namespace vectis::api
