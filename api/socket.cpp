#include "api/socket.hpp"

#include <arpa/inet.h>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

namespace vectis::api {
namespace {

constexpr int backlog = 64;

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// The sockets API takes every address as sockaddr*.
template <class Address>
sockaddr* generic(Address& address) {
    return reinterpret_cast<sockaddr*>(&address);
}

sockaddr_un unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        throw std::system_error(
            ENAMETOOLONG,
            std::generic_category(),
            path + ": a socket's path has at most 107 bytes; set VECTIS_HOME to a shorter one"
        );
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

int milliseconds_until(SteadyTime deadline) {
    if (deadline == SteadyTime::max()) return -1;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now())
            .count();
    if (left <= 0) return 0;
    return left > 3'600'000 ? 3'600'000 : static_cast<int>(left);
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

Alarm::Alarm() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!event_.is_open()) fail("eventfd");
}

void Alarm::ring() {
    const std::uint64_t one = 1;
    // Fails only if the counter is full, and then it is awake already.
    [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

Socket::Socket(Descriptor descriptor, const Alarm* alarm)
    : descriptor_(std::move(descriptor)), alarm_(alarm) {
    const int flags = ::fcntl(descriptor_.get(), F_GETFL);
    if (flags < 0 || ::fcntl(descriptor_.get(), F_SETFL, flags | O_NONBLOCK) < 0) fail("fcntl");
}

bool Socket::wait_for(short events, boost::system::error_code& error) {
    for (;;) {
        pollfd waits[2] = {
            {descriptor_.get(), events, 0},
            {alarm_ == nullptr ? -1 : alarm_->descriptor(), POLLIN, 0}
        };
        const int milliseconds = milliseconds_until(deadline_);
        const int ready = ::poll(waits, 2, milliseconds);
        if (ready < 0 && errno != EINTR) {
            error.assign(errno, boost::system::system_category());
            return false;
        }
        if (ready > 0 && waits[1].revents != 0) {
            error = boost::asio::error::operation_aborted;
            return false;
        }
        if (ready > 0) return true;
        if (std::chrono::steady_clock::now() >= deadline_) {
            error = boost::asio::error::timed_out;
            return false;
        }
    }
}

std::size_t Socket::receive(void* data, std::size_t size, boost::system::error_code& error) {
    for (;;) {
        if (!wait_for(POLLIN, error)) return 0;
        const ssize_t got = ::recv(descriptor_.get(), data, size, 0);
        if (got > 0) {
            error = {};
            return static_cast<std::size_t>(got);
        }
        if (got == 0) {
            error = boost::asio::error::eof;
            return 0;
        }
        if (errno != EAGAIN && errno != EINTR) {
            error.assign(errno, boost::system::system_category());
            return 0;
        }
    }
}

std::size_t Socket::send(const void* data, std::size_t size, boost::system::error_code& error) {
    for (;;) {
        if (!wait_for(POLLOUT, error)) return 0;
        const ssize_t sent = ::send(descriptor_.get(), data, size, MSG_NOSIGNAL);
        if (sent >= 0) {
            error = {};
            return static_cast<std::size_t>(sent);
        }
        if (errno != EAGAIN && errno != EINTR) {
            error.assign(errno, boost::system::system_category());
            return 0;
        }
    }
}

Descriptor listen_unix(const std::string& path) {
    sockaddr_un address = unix_address(path);
    if (connect_unix(path)) {
        errno = EADDRINUSE;
        fail(path + ": another process answers on this socket");
    }
    ::unlink(path.c_str());
    Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!listener.is_open()) fail("socket");
    // The mode of a socket file comes from the descriptor's own mode, so nobody else can connect
    // between bind and chmod.
    if (::fchmod(listener.get(), 0600) != 0) fail(path);
    if (::bind(listener.get(), generic(address), sizeof address) != 0) fail(path);
    if (::chmod(path.c_str(), 0600) != 0) fail(path);
    if (::listen(listener.get(), backlog) != 0) fail(path);
    return listener;
}

Descriptor listen_loopback(std::uint16_t port) {
    Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!listener.is_open()) fail("socket");
    const int yes = 1;
    ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener.get(), generic(address), sizeof address) != 0)
        fail("127.0.0.1:" + std::to_string(port));
    if (::listen(listener.get(), backlog) != 0) fail("127.0.0.1:" + std::to_string(port));
    return listener;
}

std::uint16_t port_of(const Descriptor& listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(listener.get(), generic(address), &size) != 0) fail("getsockname");
    return ntohs(address.sin_port);
}

std::optional<Descriptor> connect_unix(const std::string& path) {
    sockaddr_un address = unix_address(path);
    Descriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!connection.is_open()) fail("socket");
    if (::connect(connection.get(), generic(address), sizeof address) != 0) {
        if (errno == EACCES || errno == EPERM) fail(path);
        return std::nullopt;
    }
    return connection;
}

pid_t peer_of(const Descriptor& connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return 0;
    return peer.pid;
}

}  // namespace vectis::api
