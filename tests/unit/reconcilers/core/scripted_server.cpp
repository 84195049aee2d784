#include "tests/unit/reconcilers/core/scripted_server.hpp"

#include "reconcilers/core/openssl_pki.hpp"

#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>

namespace vectis::reconcilers::test {
namespace {

/// One pair for all tests of a program.
const KeyPair& server_pair() {
    static const KeyPair pair = [] {
        OpensslPki pki;
        const controller::Time now = controller::SystemClock().now();
        return pki.issue(pki.make_authority({"Test CA", 10, now}), {{"mail.example.test"}, 5, now});
    }();
    return pair;
}

SSL_CTX* server_context() {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    BIO* certificate = BIO_new_mem_buf(server_pair().certificate.data(), -1);
    BIO* key = BIO_new_mem_buf(server_pair().key.data(), -1);
    X509* parsed = PEM_read_bio_X509(certificate, nullptr, nullptr, nullptr);
    EVP_PKEY* parsed_key = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context, parsed);
    SSL_CTX_use_PrivateKey(context, parsed_key);
    X509_free(parsed);
    EVP_PKEY_free(parsed_key);
    BIO_free(certificate);
    BIO_free(key);
    return context;
}

}  // namespace

Peer::~Peer() {
    SSL_free(static_cast<SSL*>(session_));
    SSL_CTX_free(static_cast<SSL_CTX*>(context_));
    ::close(socket_);
}

void Peer::send(const std::string& bytes) {
    if (session_ != nullptr) {
        SSL_write(static_cast<SSL*>(session_), bytes.data(), static_cast<int>(bytes.size()));
        return;
    }
    (void)!::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void Peer::drip(const std::string& bytes) {
    for (const char c : bytes) {
        pollfd watched{socket_, POLLRDHUP, 0};
        if (::poll(&watched, 1, 20) > 0) return;
        send(std::string(1, c));
    }
}

std::size_t Peer::receive(char* into, std::size_t size) {
    if (session_ != nullptr) {
        const int count = SSL_read(static_cast<SSL*>(session_), into, static_cast<int>(size));
        return count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    const ssize_t count = ::recv(socket_, into, size, 0);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

std::string Peer::line() {
    std::string out;
    char c = 0;
    while (receive(&c, 1) == 1) {
        if (c == '\n') break;
        if (c != '\r') out += c;
    }
    return out;
}

std::string Peer::bytes(std::size_t count) {
    std::string out;
    char c = 0;
    while (out.size() < count && receive(&c, 1) == 1) out += c;
    return out;
}

void Peer::wait_for_end() {
    char c = 0;
    while (receive(&c, 1) == 1) {
    }
}

std::string Peer::accept_tls() {
    SSL_CTX* context = server_context();
    SSL* session = SSL_new(context);
    SSL_set_fd(session, socket_);
    context_ = context;
    const bool is_good = SSL_accept(session) == 1;
    const char* name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
    std::string shown = !is_good ? "failed" : name == nullptr ? "" : name;
    session_ = session;
    return shown;
}

ScriptedServer::ScriptedServer(Script script) {
    server_pair();
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof place;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&place), size) != 0 ||
        ::listen(listener_, 4) != 0)
        std::abort();
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&place), &size);
    port_ = ntohs(place.sin_port);
    thread_ = std::jthread([listener = listener_, script = std::move(script)] {
        sigset_t pipe{};
        ::sigemptyset(&pipe);
        ::sigaddset(&pipe, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        const int accepted = ::accept(listener, nullptr, nullptr);
        if (accepted < 0) return;
        Peer peer(accepted);
        script(peer);
    });
}

ScriptedServer::~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);  // frees an accept that nobody came to
    join();
    ::close(listener_);
}

void ScriptedServer::join() {
    if (thread_.joinable()) thread_.join();
}

}  // namespace vectis::reconcilers::test
