#pragma once

#include "api/backends.hpp"
#include "api/http.hpp"

#include <string_view>

namespace vectis::api {

/// /api/v1/{status,plan,logs,credentials,sources,down}: what the command line needs besides the
/// resource API.
Response product_request(const Backends& backends, std::string_view name, const Request& request);

}  // namespace vectis::api
