#pragma once

#include "api/http.hpp"
#include "api/socket.hpp"

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace vectis::api {

struct ServerLimits {
    std::size_t connections = 64;
    std::size_t body_bytes = 10U << 20U;
    std::size_t header_bytes = 16U << 10U;
    std::chrono::milliseconds request_time{15'000
    };  ///< from the first byte of a request to its last
    std::chrono::milliseconds idle_time{60'000};   ///< between two requests
    std::chrono::milliseconds write_time{15'000};  ///< for one piece of an answer
};

/// Serves one listener with a thread for each connection, until destroyed. Handlers run on these
/// threads, several at a time; an exception that leaves one becomes a 500 whose text does not show
/// it. Destruction wakes every connection and joins it.
class HttpServer {
public:
    HttpServer(Descriptor listener, Handler handler, ServerLimits limits = {});
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    ~HttpServer();

    /// Takes no more connections and ends those that are open. Returns when all have ended.
    void stop();

private:
    struct Session;
    void accept_until_stopped();
    void start(Descriptor connection);
    void reap();

    Descriptor listener_;
    Handler handler_;
    ServerLimits limits_;
    Alarm alarm_;
    std::stop_source stop_;
    std::mutex mutex_;
    std::list<std::unique_ptr<Session>> sessions_;
    std::jthread acceptor_;
};

}  // namespace vectis::api
