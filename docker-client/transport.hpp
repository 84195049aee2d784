#pragma once

#include "docker-client/endpoint.hpp"
#include "docker-client/engine.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace vectis::docker {

struct HttpRequest {
    std::string method = "GET";
    std::string target{};  ///< path and query
    std::string body{};
    std::string body_file{};  ///< path of a file to send instead of `body`
    std::string content_type{};
    std::map<std::string, std::string> headers{};
};

struct HttpResponse {
    int status = 0;
    std::map<std::string, std::string> headers{};  ///< names in lower case
    std::string body{};
};

/// Bytes of a successful (2xx) body as they come.
using BodySink = std::function<void(std::string_view)>;

enum class Pace {
    bounded,  ///< ends by the call's deadline
    endless,  ///< a stream: ends with the call's stop token or the connection
};

/// HTTP over a unix socket or TCP with mutual TLS. One libcurl multi handle for each call, woken by
/// the stop token, so that a cancelled call returns at once. Any number of calls at the same time.
class Transport {
public:
    explicit Transport(Location location);

    /// Throws EngineError with its outcome. With a sink the body of a 2xx goes there, of others
    /// into the response.
    HttpResponse send(
        const HttpRequest& request,
        const Call& call,
        const BodySink& sink = {},
        Pace pace = Pace::bounded
    ) const;
    const Location& location() const { return location_; }

private:
    Location location_;
};

}  // namespace vectis::docker
