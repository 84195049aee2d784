#pragma once

#include "docker-client/error.hpp"
#include "docker-client/transport.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace vectis::docker {

/// The engine's "no" out of a response: its reason by status and text, its message out of
/// {"message"} or the start of what a proxy sent instead.
Refusal refusal_of(const HttpResponse& response);
/// The same for an error that stands in a stream after a 200.
Refusal refusal_of(std::string_view message);

boost::json::value parse_body(const HttpResponse& response);

inline bool is_success(const HttpResponse& response) {
    return response.status >= 200 && response.status < 300;
}

/// application/x-www-form-urlencoded value or path segment (RFC 3986 unreserved characters stay).
std::string percent_encode(std::string_view text);

}  // namespace vectis::docker
