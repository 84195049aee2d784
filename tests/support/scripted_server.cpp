#include "tests/support/scripted_server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace vectis::test {
namespace {

std::string make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "vectis-server-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    return name;
}

int listen_on(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) throw std::runtime_error("path is too long");
    std::copy(path.begin(), path.end(), address.sun_path);
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the interface of sockets
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(listener, generic, sizeof(address)) != 0 || ::listen(listener, 64) != 0) {
        throw std::runtime_error("cannot listen on " + path);
    }
    return listener;
}

/// Whether there is something to read from `fd` before `stop` has something.
bool wait_readable(int fd, int stop) {
    std::array<pollfd, 2> waiting{{{fd, POLLIN, 0}, {stop, POLLIN, 0}}};
    return ::poll(waiting.data(), waiting.size(), -1) > 0 && waiting[1].revents == 0;
}

/// The size of head and body together, or 0 while the head is not complete.
std::size_t request_size(const std::string& bytes) {
    const std::size_t head = bytes.find("\r\n\r\n");
    if (head == std::string::npos) return 0;
    const std::size_t name = bytes.find("Content-Length: ");
    const bool has_body = name != std::string::npos && name < head;
    return head + 4 + (has_body ? std::strtoul(bytes.c_str() + name + 16, nullptr, 10) : 0);
}

/// Whether the client still listens.
bool send_all(int connection, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

}  // namespace

ScriptedServer::ScriptedServer(Script script, std::size_t request_size_max)
    : script_(std::move(script)),
      request_size_max_(request_size_max),
      folder_(make_folder()),
      path_(folder_ + "/s"),
      listener_(listen_on(path_)) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    stop_read_ = ends[0];
    stop_write_ = ends[1];
    acceptor_ = std::jthread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
    ::close(stop_write_);
    acceptor_.join();
    connections_.clear();
    ::close(listener_);
    ::close(stop_read_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::vector<std::string> ScriptedServer::requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
}

bool ScriptedServer::wait_for_requests(std::size_t count) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] {
        return requests_.size() >= count;
    });
}

void ScriptedServer::accept_all() {
    while (wait_readable(listener_, stop_read_)) {
        const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) return;
        connections_.emplace_back([this, connection] {
            serve(connection);
            ::close(connection);
        });
    }
}

void ScriptedServer::serve(int connection) {
    std::string request;
    if (!read_request(connection, request)) return;
    {
        const std::scoped_lock lock(mutex_);
        requests_.push_back(request);
        changed_.notify_all();
    }
    const Reply reply = script_(request);
    const std::size_t step = reply.piece_size == 0 ? reply.bytes.size() : reply.piece_size;
    for (std::size_t at = 0; at < reply.bytes.size(); at += step) {
        if (!send_all(connection, std::string_view(reply.bytes).substr(at, step))) return;
    }
    if (reply.end == Reply::End::hold) hold(connection);
}

bool ScriptedServer::read_request(int connection, std::string& request) const {
    std::array<char, 65536> buffer{};
    for (std::size_t wanted = 0; wanted == 0 || request.size() < wanted;) {
        const std::size_t allowed = std::min(buffer.size(), request_size_max_ - request.size());
        if (allowed == 0 || !wait_readable(connection, stop_read_)) return false;
        const auto got = ::recv(connection, buffer.data(), allowed, 0);
        if (got <= 0) return false;
        request.append(buffer.data(), static_cast<std::size_t>(got));
        wanted = request_size(request);
    }
    return true;
}

void ScriptedServer::hold(int connection) const {
    std::array<char, 4096> buffer{};
    while (wait_readable(connection, stop_read_)) {
        if (::recv(connection, buffer.data(), buffer.size(), 0) <= 0) return;
    }
}

std::string answer(int status, const std::string& body, const std::string& headers) {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string chunked_answer(const std::vector<std::string>& chunks, bool is_whole) {
    std::string out = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string& chunk : chunks) {
        std::array<char, 20> size{};
        std::snprintf(size.data(), size.size(), "%zx\r\n", chunk.size());
        out.append(size.data()).append(chunk).append("\r\n");
    }
    return is_whole ? out + "0\r\n\r\n" : out;
}

std::string open_answer(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body;
}

}  // namespace vectis::test
