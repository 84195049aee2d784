#pragma once

#include <map>
#include <string>

namespace vectis::docker {

/// Where an engine listens.
struct Location {
    std::string socket{};     ///< path of a unix socket; empty: TCP
    std::string authority{};  ///< host:port
    bool has_tls = false;
    std::string certificates{};  ///< folder with ca.pem, cert.pem, key.pem

    friend bool operator==(const Location&, const Location&) = default;
};

/// Reads DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH as the docker command does; without
/// them the usual socket. Throws std::invalid_argument that says what would be right.
Location location_from(const std::map<std::string, std::string>& environment);

/// "unix:///var/run/docker.sock"
std::string to_text(const Location& location);

}  // namespace vectis::docker
