#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>

namespace vectis::reconcilers {

/// What is most often behind "No route to host" for a container.
inline constexpr const char* route_hint =
    " (does another interface of this host have its subnet? 'ip route' shows it)";

/// The service did not do what its protocol asks for.
class ProbeFailure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The service was not asked: we had no socket, no route or no time left.
class ProbeImpossible : public ProbeFailure {
public:
    using ProbeFailure::ProbeFailure;
};

/// A TCP connection with one deadline for everything that happens on it, plain or TLS. All
/// functions throw ProbeFailure.
class ProbeStream {
public:
    struct Limits {
        std::chrono::steady_clock::time_point end{};
        std::stop_token stop{};
    };
    ProbeStream(const std::string& address, std::uint16_t port, const Limits& limits);
    ~ProbeStream();
    ProbeStream(const ProbeStream&) = delete;
    ProbeStream& operator=(const ProbeStream&) = delete;

    /// Handshake with SNI. The certificate is not judged: the probe asks whether the service works,
    /// Certificates say what is served.
    void start_tls(const std::string& server_name);
    void write(std::string_view bytes);
    /// Up to the line break, which is left out.
    std::string read_line();
    std::string read_bytes(std::size_t count);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace vectis::reconcilers
