#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace vectis::test {

/// What a scripted server does with one connection.
struct Reply {
    enum class End {
        close,  ///< after the bytes
        hold,   ///< says nothing more until the client leaves
    };
    std::string bytes{};
    std::size_t piece_size = 0;  ///< writes so many bytes at a time; 0: all at once
    End end = End::close;
};

/// An HTTP server on a unix socket that answers what a test says, one request a connection. It
/// serves connections at the same time, and ends with its object.
class ScriptedServer {
public:
    /// Called with the head and body of each request, from several threads.
    using Script = std::function<Reply(const std::string& request)>;

    /// Hangs up without an answer once `request_size_max` bytes of a request have come.
    explicit ScriptedServer(
        Script script, std::size_t request_size_max = static_cast<std::size_t>(-1)
    );
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ~ScriptedServer();

    const std::string& folder() const { return folder_; }
    const std::string& path() const { return path_; }
    /// The requests so far, head and body.
    std::vector<std::string> requests() const;
    /// Waits until so many requests have come, at most ten seconds.
    bool wait_for_requests(std::size_t count) const;

private:
    void accept_all();
    void serve(int connection);
    /// False if the request did not come to its end.
    bool read_request(int connection, std::string& request) const;
    void hold(int connection) const;

    Script script_;
    std::size_t request_size_max_;
    std::string folder_;
    std::string path_;
    int listener_ = -1;
    int stop_read_ = -1;
    int stop_write_ = -1;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::vector<std::string> requests_;
    std::vector<std::jthread> connections_;
    std::jthread acceptor_;
};

/// An answer with a Content-Length. `headers`: whole lines.
std::string answer(int status, const std::string& body, const std::string& headers = {});
/// An answer in chunks, as engines stream; without its last chunk it is cut off.
std::string chunked_answer(const std::vector<std::string>& chunks, bool is_whole = true);
/// An answer that ends with its connection, as exec's.
std::string open_answer(const std::string& body);

}  // namespace vectis::test
