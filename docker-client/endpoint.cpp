#include "docker-client/endpoint.hpp"

#include <charconv>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace vectis::docker {
namespace {

constexpr std::string_view unix_scheme = "unix://";
constexpr std::string_view tcp_scheme = "tcp://";

std::string value_of(
    const std::map<std::string, std::string>& environment, const std::string& name
) {
    const auto place = environment.find(name);
    return place == environment.end() ? std::string{} : place->second;
}

[[noreturn]] void refuse(const std::string& host, const std::string& why) {
    throw std::invalid_argument("DOCKER_HOST '" + host + "': " + why);
}

bool is_port(std::string_view text) {
    int port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port > 0 && port <= 65535;
}

/// "host:port" or "[IPv6]:port" of what follows tcp://.
std::string authority_of(const std::string& host) {
    std::string authority = host.substr(tcp_scheme.size());
    if (authority.ends_with('/')) authority.pop_back();
    if (authority.find_first_of("/?#@ \t\r\n") != std::string::npos) {
        refuse(host, "nothing but a host and a port may stand there, write tcp://host:2376");
    }
    const std::size_t colon = authority.rfind(':');
    const bool is_bracketed = authority.starts_with('[') && authority.find("]:") + 1 == colon;
    const bool has_one_colon = authority.find(':') == colon;
    if (colon == std::string::npos || colon == 0 || !(is_bracketed || has_one_colon) ||
        !is_port(std::string_view(authority).substr(colon + 1))) {
        refuse(host, "the host or the port is missing, write tcp://host:2376");
    }
    return authority;
}

std::string certificates_from(const std::map<std::string, std::string>& environment) {
    std::string path = value_of(environment, "DOCKER_CERT_PATH");
    if (!path.empty()) return path;
    const std::string home = value_of(environment, "HOME");
    if (home.empty()) {
        throw std::invalid_argument(
            "DOCKER_TLS_VERIFY is set: DOCKER_CERT_PATH must name the folder with ca.pem, cert.pem "
            "and key.pem"
        );
    }
    return home + "/.docker";
}

}  // namespace

Location location_from(const std::map<std::string, std::string>& environment) {
    const std::string host = value_of(environment, "DOCKER_HOST");
    if (host.empty()) return {.socket = "/var/run/docker.sock"};
    if (host.starts_with(unix_scheme)) {
        std::string path = host.substr(unix_scheme.size());
        if (!path.starts_with('/')) refuse(host, "write unix:///path/of/the.sock");
        if (path.find('\0') != std::string::npos) refuse(host, "a path has no zero byte");
        return {.socket = std::move(path)};
    }
    if (!host.starts_with(tcp_scheme)) {
        refuse(host, "only unix:///path and tcp://host:port are known");
    }
    Location location{.authority = authority_of(host)};
    location.has_tls = !value_of(environment, "DOCKER_TLS_VERIFY").empty();
    if (location.has_tls) location.certificates = certificates_from(environment);
    return location;
}

std::string to_text(const Location& location) {
    return location.socket.empty() ? "tcp://" + location.authority : "unix://" + location.socket;
}

}  // namespace vectis::docker
