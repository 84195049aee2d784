#pragma once

#include "docker-client/endpoint.hpp"
#include "docker-client/limit.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace vectis::docker {

struct HttpRequest {
    std::string method = "GET";
    std::string target{};  ///< path and query
    std::string body{};
    std::string body_file{};  ///< path of a regular file to send instead of `body`
    std::string content_type{};
};

struct HttpResponse {
    int status = 0;
    std::map<std::string, std::string> headers{};  ///< names in lower case
    std::string body{};                            ///< at most 64 MiB
};

/// Bytes of a successful (2xx) body as they come. What it throws ends the call and reaches the
/// caller.
using BodySink = std::function<void(std::string_view)>;

enum class Pace {
    bounded,  ///< ends by the limit
    endless,  ///< a stream: once connected it ends with the stop token or the connection
};

/// HTTP over a unix socket or TCP with mutual TLS. One libcurl multi handle for each call, woken by
/// the stop token, so that a cancelled call returns at once. Any number of calls at the same time.
///
/// Only what reads (GET) uses a connection again: libcurl sends a request once more by itself if a
/// kept connection turns out to be dead, whatever the method, and a create must not be sent twice.
class Transport {
public:
    explicit Transport(Location location);
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    ~Transport();

    /// Throws EngineError with its outcome. With a sink the body of a 2xx goes there, of others
    /// into the response. A redirect is an answer like others and not followed.
    HttpResponse send(
        const HttpRequest& request,
        const Limit& limit,
        const BodySink& sink = {},
        Pace pace = Pace::bounded
    ) const;
    const Location& location() const { return location_; }

private:
    class Handle;
    struct Pool;

    Location location_;
    std::unique_ptr<Pool> idle_;
};

}  // namespace vectis::docker
