#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace vectis::test {

template <auto function>
struct FreeBy {
    template <class T>
    void operator()(T* object) const {
        function(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeBy<X509_free>>;

struct Identity {
    Key key{};
    Certificate certificate{};
};

/// A certificate authority made for the test.
class Authority {
public:
    Authority();
    /// `names`: as OpenSSL writes subject alternative names, "DNS:a,IP:127.0.0.1".
    Identity issue(const std::string& names) const;
    X509* certificate() const { return own_.certificate.get(); }
    void write_to(const std::string& path) const;

private:
    Identity own_;
};

/// Writes cert.pem and key.pem.
void write_identity(const Identity& identity, const std::string& folder);

/// An HTTP server on a free port of 127.0.0.1 that answers each request "served", one a connection;
/// with an identity over TLS for clients that have a certificate of the authority.
class TcpServer {
public:
    TcpServer();
    TcpServer(const Identity& identity, const Authority& clients);
    TcpServer(const TcpServer&) = delete;
    TcpServer& operator=(const TcpServer&) = delete;
    ~TcpServer();

    std::uint16_t port() const { return port_; }
    std::vector<std::string> requests() const;

private:
    void accept_all();
    void serve(int connection);
    void serve_tls(int connection);
    void remember(const std::string& request);

    std::unique_ptr<SSL_CTX, FreeBy<SSL_CTX_free>> context_{};
    std::uint16_t port_ = 0;
    int listener_ = -1;  ///< made after port_, which it sets
    mutable std::mutex mutex_{};
    std::vector<std::string> requests_{};
    std::jthread acceptor_{};
};

}  // namespace vectis::test
