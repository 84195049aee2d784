#pragma once

#include <string>
#include <string_view>

namespace vectis::docker {

/// What a request asks for, without the names in it, so that requests of one sort can be counted
/// together: "POST /containers/{}/start", "GET /networks/{}". `target` may begin with an API
/// version and end with a query.
std::string operation_of(std::string_view method, std::string_view target);

}  // namespace vectis::docker
