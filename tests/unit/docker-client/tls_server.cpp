#include "tests/unit/docker-client/tls_server.hpp"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <stdexcept>

namespace vectis::test {
namespace {

constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nserved";
constexpr long a_day = 86400;

void must(bool is_done, const char* what) {
    if (!is_done) throw std::runtime_error(std::string("test certificates: ") + what);
}

void add_extension(X509* certificate, int kind, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, FreeBy<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str())
    );
    must(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

/// A key with a certificate for it that `issuer` signs, or the key itself where there is none.
Identity make(
    const std::string& name, const Identity* issuer, int extension, const std::string& value
) {
    static long serial = 0;
    Identity made{.key = Key(EVP_EC_gen("P-256")), .certificate = Certificate(X509_new())};
    must(made.key && made.certificate, "key");
    X509* certificate = made.certificate.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -a_day);
    X509_gmtime_adj(X509_getm_notAfter(certificate), a_day);
    X509_set_pubkey(certificate, made.key.get());
    const std::string common = name + ' ' + std::to_string(serial);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the interface of OpenSSL
    const auto* bytes = reinterpret_cast<const unsigned char*>(common.c_str());
    X509_NAME* subject = X509_get_subject_name(certificate);
    must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, bytes, -1, -1, 0) == 1, "name");
    const Identity& signer = issuer == nullptr ? made : *issuer;
    X509_set_issuer_name(certificate, X509_get_subject_name(signer.certificate.get()));
    add_extension(certificate, extension, value);
    must(X509_sign(certificate, signer.key.get(), EVP_sha256()) > 0, "signature");
    return made;
}

using File = std::unique_ptr<std::FILE, FreeBy<std::fclose>>;

File open(const std::string& path) {
    File file(std::fopen(path.c_str(), "w"));
    must(file != nullptr, "file");
    return file;
}

int listen_on_loopback(std::uint16_t& port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the interface of sockets
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (listener < 0 || ::bind(listener, generic, size) != 0 || ::listen(listener, 16) != 0 ||
        ::getsockname(listener, generic, &size) != 0) {
        throw std::runtime_error("cannot listen on 127.0.0.1");
    }
    port = ntohs(address.sin_port);
    return listener;
}

/// The head of a request, by what reads some bytes of it.
template <class Read>
std::string head(Read read) {
    std::string request;
    std::array<char, 4096> buffer{};
    while (request.find("\r\n\r\n") == std::string::npos) {
        const auto got = read(buffer.data(), buffer.size());
        if (got <= 0) return {};
        request.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return request;
}

}  // namespace

Authority::Authority() : own_(make("authority", nullptr, NID_basic_constraints, "CA:TRUE")) {}

Identity Authority::issue(const std::string& names) const {
    return make("issued", &own_, NID_subject_alt_name, names);
}

void Authority::write_to(const std::string& path) const {
    must(PEM_write_X509(open(path).get(), certificate()) == 1, "file");
}

void write_identity(const Identity& identity, const std::string& folder) {
    must(PEM_write_X509(open(folder + "/cert.pem").get(), identity.certificate.get()) == 1, "file");
    const File key = open(folder + "/key.pem");
    must(
        PEM_write_PrivateKey(
            key.get(), identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr
        ) == 1,
        "file"
    );
}

TcpServer::TcpServer() : listener_(listen_on_loopback(port_)) {
    acceptor_ = std::jthread([this] { accept_all(); });
}

TcpServer::TcpServer(const Identity& identity, const Authority& clients)
    : context_(SSL_CTX_new(TLS_server_method())), listener_(listen_on_loopback(port_)) {
    SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), clients.certificate());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    acceptor_ = std::jthread([this] { accept_all(); });
}

TcpServer::~TcpServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
}

std::vector<std::string> TcpServer::requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
}

void TcpServer::accept_all() {
    // OpenSSL writes to sockets without MSG_NOSIGNAL.
    sigset_t pipe{};
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    while (true) {
        const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) return;
        // A client that says nothing must not keep the test.
        const timeval limit{.tv_sec = 10, .tv_usec = 0};
        ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        context_ ? serve_tls(connection) : serve(connection);
        ::close(connection);
    }
}

void TcpServer::serve(int connection) {
    const std::string request =
        head([&](char* into, std::size_t size) { return ::recv(connection, into, size, 0); });
    if (request.empty()) return;
    remember(request);
    ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
}

void TcpServer::serve_tls(int connection) {
    const std::unique_ptr<SSL, FreeBy<SSL_free>> session(SSL_new(context_.get()));
    SSL_set_fd(session.get(), connection);
    if (SSL_accept(session.get()) == 1) {
        const std::string request = head([&](char* into, std::size_t size) {
            return SSL_read(session.get(), into, static_cast<int>(size));
        });
        if (!request.empty()) {
            remember(request);
            SSL_write(session.get(), answer.data(), static_cast<int>(answer.size()));
        }
        SSL_shutdown(session.get());
        return;
    }
    // Closed with bytes unread, the connection would be reset and take the alert with it.
    ::shutdown(connection, SHUT_WR);
    std::array<char, 4096> rest{};
    while (::recv(connection, rest.data(), rest.size(), 0) > 0) continue;
}

void TcpServer::remember(const std::string& request) {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request);
}

}  // namespace vectis::test
