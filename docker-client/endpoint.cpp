#include "docker-client/endpoint.hpp"

#include <stdexcept>

namespace vectis::docker {
namespace {

std::string value_of(
    const std::map<std::string, std::string>& environment, const std::string& name
) {
    const auto place = environment.find(name);
    return place == environment.end() ? std::string{} : place->second;
}

}  // namespace

Location location_from(const std::map<std::string, std::string>& environment) {
    const std::string host = value_of(environment, "DOCKER_HOST");
    if (host.empty()) return {.socket = "/var/run/docker.sock"};
    if (host.starts_with("unix://")) {
        const std::string path = host.substr(7);
        if (path.empty() || path.front() != '/')
            throw std::invalid_argument(
                "DOCKER_HOST '" + host + "': write unix:///path/of/the.sock"
            );
        return {.socket = path};
    }
    if (!host.starts_with("tcp://"))
        throw std::invalid_argument(
            "DOCKER_HOST '" + host + "': only unix:///path and tcp://host:port are known"
        );
    Location location{.authority = host.substr(6)};
    while (!location.authority.empty() && location.authority.back() == '/')
        location.authority.pop_back();
    if (location.authority.find(':') == std::string::npos)
        throw std::invalid_argument(
            "DOCKER_HOST '" + host + "': the port is missing, write tcp://host:2376"
        );
    location.has_tls = !value_of(environment, "DOCKER_TLS_VERIFY").empty();
    location.certificates = value_of(environment, "DOCKER_CERT_PATH");
    if (location.certificates.empty())
        location.certificates = value_of(environment, "HOME") + "/.docker";
    return location;
}

std::string to_text(const Location& location) {
    return location.socket.empty() ? "tcp://" + location.authority : "unix://" + location.socket;
}

}  // namespace vectis::docker
