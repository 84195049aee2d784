#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace vectis::api {

/// Nobody answers, or the conversation broke off.
class ClientError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Somebody may answer, but not to this user: to ask again, or to start another controller, is of
/// no use. No ClientError, so that nobody does.
class ClientForbidden : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct ClientRequest {
    std::string method = "GET";
    std::string target{};
    std::string accept = "application/json";
    std::string content_type = "application/json";
    std::string body{};
    /// Time for the whole answer; for a streamed one the longest silence.
    std::chrono::milliseconds time_limit{30'000};
};

struct ClientResponse {
    int status = 0;
    std::string content_type{};
    std::string body{};
};

/// Takes the pieces of an answer; false ends the conversation.
using Sink = std::function<bool(std::string_view piece)>;

/// Speaks HTTP over a unix socket, one connection for each request.
class HttpClient {
public:
    explicit HttpClient(std::string socket_path);

    /// Throws ClientForbidden.
    bool is_answering() const;
    /// Throws ClientError, ClientForbidden.
    ClientResponse send(const ClientRequest& request) const;
    /// Hands a 2xx body to `sink` as it comes; another status is returned with its body. Throws
    /// ClientError, ClientForbidden.
    ClientResponse stream(const ClientRequest& request, const Sink& sink) const;

private:
    std::string socket_path_;
};

}  // namespace vectis::api
