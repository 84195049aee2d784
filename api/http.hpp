#pragma once

#include <boost/json/value.hpp>

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::api {

/// One request as handlers see it: the target is already split and percent-decoded.
struct Request {
    std::string method{};
    std::vector<std::string> segments{};         ///< of the path, decoded
    std::map<std::string, std::string> query{};  ///< decoded; the last of equal names counts
    std::string accept{};
    std::string content_type{};
    std::string body{};

    /// The parameter, or an empty text.
    std::string parameter(std::string_view name) const;
    /// True for `name=true`, `name=1` and a bare `name`.
    bool flag(std::string_view name) const;
};

/// Takes the pieces of a streamed answer. False: the other side is gone, stop.
using Writer = std::function<bool(std::string_view piece)>;

/// Produces a streamed answer. `stop` is set when the client hangs up or the server stops.
using Stream = std::function<void(const Writer& write, std::stop_token stop)>;

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body{};
    Stream stream{};  ///< if set, the answer is sent chunked and `body` is ignored
};

using Handler = std::function<Response(const Request&)>;

Response json_response(const boost::json::value& value, int status = 200);

/// Splits an origin-form target ("/api/v1/logs?workload=postfix"); nothing if it is malformed or
/// has over 64 parameters.
std::optional<Request> parse_target(std::string_view target);

/// "a b" → "a%20b", for building targets.
std::string percent_encode(std::string_view text);

}  // namespace vectis::api
