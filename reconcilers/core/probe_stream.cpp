#include "reconcilers/core/probe_stream.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace vectis::reconcilers {
namespace {

constexpr std::size_t line_size_max = 4096;
constexpr std::chrono::milliseconds connect_patience(100);

struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
    void operator()(SSL* session) const { SSL_free(session); }
};

std::string error_text(int code) {
    return std::generic_category().message(code) + (code == EHOSTUNREACH ? route_hint : "");
}

/// What says something about this machine, not about the service.
bool is_ours(int code) {
    constexpr std::array<int, 6> codes{EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL, ENETUNREACH};
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

[[noreturn]] void fail(const std::string& what, int code) {
    if (is_ours(code)) throw ProbeImpossible(what + ": " + error_text(code));
    throw ProbeFailure(what + ": " + error_text(code));
}

}  // namespace

struct ProbeStream::Impl {
    std::string place{};
    Limits limits{};
    int socket = -1;
    int wake = -1;
    std::string buffer{};
    std::unique_ptr<SSL_CTX, FreeContext> context{};
    std::unique_ptr<SSL, FreeSession> session{};

    ~Impl() {
        session.reset();
        if (socket >= 0) ::close(socket);
        if (wake >= 0) ::close(wake);
    }

    /// Until the socket is ready for `events`.
    void wait(short events, const char* what) const {
        if (!wait_until(limits.end, events))
            throw ProbeFailure(place + ": no " + what + " in time");
    }

    /// False if it is not ready by then.
    bool wait_until(std::chrono::steady_clock::time_point end, short events) const {
        const std::stop_callback on_stop(limits.stop, [this] {
            const std::uint64_t one = 1;
            (void)!::write(wake, &one, sizeof one);
        });
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        std::array<pollfd, 2> watched{{{socket, events, 0}, {wake, POLLIN, 0}}};
        const int ready =
            left.count() <= 0
                ? 0
                : ::poll(watched.data(), watched.size(), static_cast<int>(left.count()));
        if (limits.stop.stop_requested()) throw ProbeImpossible("the probe was cancelled");
        if (ready < 0 && errno != EINTR) throw ProbeFailure(place + ": " + error_text(errno));
        return ready != 0;
    }

    /// One attempt; false if nothing was heard for `patience`.
    bool connect(const sockaddr_in& target, std::chrono::milliseconds patience) {
        if (socket >= 0) ::close(socket);
        socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (socket < 0) fail("no socket", errno);
        if (::connect(socket, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0 &&
            errno != EINPROGRESS)
            fail(place, errno);
        if (!wait_until(std::chrono::steady_clock::now() + patience, POLLOUT)) return false;
        int code = 0;
        socklen_t size = sizeof code;
        ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size);
        if (code != 0) fail(place, code);
        return true;
    }

    std::size_t receive(char* bytes, std::size_t size) const {
        for (;;) {
            if (session) {
                ERR_clear_error();  // SSL_get_error looks at what earlier calls of this thread left
                const int count = SSL_read(session.get(), bytes, static_cast<int>(size));
                if (count > 0) return static_cast<std::size_t>(count);
                wait_for_tls(count, "answer");
                continue;
            }
            const ssize_t count = ::recv(socket, bytes, size, 0);
            if (count > 0) return static_cast<std::size_t>(count);
            if (count == 0) throw ProbeFailure(place + ": the service closed the connection");
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                throw ProbeFailure(place + ": " + error_text(errno));
            wait(POLLIN, "answer");
        }
    }

    void wait_for_tls(int code, const char* what) const {
        switch (SSL_get_error(session.get(), code)) {
            case SSL_ERROR_WANT_READ:
                return wait(POLLIN, what);
            case SSL_ERROR_WANT_WRITE:
                return wait(POLLOUT, what);
            case SSL_ERROR_ZERO_RETURN:
                throw ProbeFailure(place + ": the service closed the connection");
            default:
                throw ProbeFailure(place + ": TLS failed");
        }
    }
};

ProbeStream::ProbeStream(const std::string& address, std::uint16_t port, const Limits& limits)
    : impl_(std::make_unique<Impl>()) {
    impl_->place = address + ':' + std::to_string(port);
    impl_->limits = limits;
    impl_->wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (impl_->wake < 0) fail("no socket", errno);
    sockaddr_in target{};
    target.sin_family = AF_INET;
    target.sin_port = htons(port);
    if (::inet_pton(AF_INET, address.c_str(), &target.sin_addr) != 1)
        throw ProbeFailure("the container has no address");
    // The first packet to a container that has just started can be lost; the kernel would send the
    // next one a second later.
    while (!impl_->connect(target, connect_patience)) {
        if (std::chrono::steady_clock::now() >= limits.end)
            throw ProbeFailure(impl_->place + ": no connection in time");
    }
}

ProbeStream::~ProbeStream() = default;

void ProbeStream::start_tls(const std::string& server_name) {
    impl_->context.reset(SSL_CTX_new(TLS_client_method()));
    if (!impl_->context) throw ProbeFailure("OpenSSL does not start");
    SSL_CTX_set_min_proto_version(impl_->context.get(), TLS1_2_VERSION);
    impl_->session.reset(SSL_new(impl_->context.get()));
    SSL_set_fd(impl_->session.get(), impl_->socket);
    if (!server_name.empty()) {
        // SSL_set_tlsext_host_name is a macro with a C cast.
        char* name = const_cast<char*>(server_name.c_str());
        SSL_ctrl(
            impl_->session.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name
        );
    }
    for (int code = SSL_connect(impl_->session.get()); code != 1;
         code = SSL_connect(impl_->session.get()))
        impl_->wait_for_tls(code, "TLS handshake");
    impl_->buffer.clear();
}

void ProbeStream::write(std::string_view bytes) {
    while (!bytes.empty()) {
        if (impl_->session) {
            ERR_clear_error();
            const int count =
                SSL_write(impl_->session.get(), bytes.data(), static_cast<int>(bytes.size()));
            if (count > 0)
                bytes.remove_prefix(static_cast<std::size_t>(count));
            else
                impl_->wait_for_tls(count, "room to send");
            continue;
        }
        const ssize_t count = ::send(impl_->socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        // Nothing sent is no error that says why.
        const int why = count < 0 ? errno : 0;
        if (count > 0)
            bytes.remove_prefix(static_cast<std::size_t>(count));
        else if (why == EAGAIN || why == EWOULDBLOCK)
            impl_->wait(POLLOUT, "room to send");
        else
            throw ProbeFailure(impl_->place + ": " + error_text(why));
    }
}

std::string ProbeStream::read_line() {
    for (;;) {
        const std::size_t end = impl_->buffer.find('\n');
        if (end != std::string::npos) {
            std::string line = impl_->buffer.substr(0, end);
            impl_->buffer.erase(0, end + 1);
            if (!line.empty() && line.back() == '\r') line.pop_back();
            return line;
        }
        if (impl_->buffer.size() > line_size_max)
            throw ProbeFailure(impl_->place + ": a line without end");
        std::array<char, 1024> bytes{};
        impl_->buffer.append(bytes.data(), impl_->receive(bytes.data(), bytes.size()));
    }
}

std::string ProbeStream::read_bytes(std::size_t count) {
    while (impl_->buffer.size() < count) {
        std::array<char, 1024> bytes{};
        impl_->buffer.append(bytes.data(), impl_->receive(bytes.data(), bytes.size()));
    }
    std::string out = impl_->buffer.substr(0, count);
    impl_->buffer.erase(0, count);
    return out;
}

}  // namespace vectis::reconcilers
