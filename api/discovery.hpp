#pragma once

#include "api/http.hpp"

namespace vectis::api {

/// Answers /version, /api, /api/v1, /apis, /apis/<group> and /apis/<group>/<version>; 404 for every
/// other path.
Response discovery(const Request& request);

inline constexpr std::string_view program_version = "0.1.0";

}  // namespace vectis::api
