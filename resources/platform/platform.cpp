#include "resources/platform/platform.hpp"

#include "resources/checks.hpp"
#include "resources/decode.hpp"
#include "resources/spec_functions.hpp"
#include "resources/text.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>

namespace vectis::resources {
namespace {

void check_ports(const PlatformPorts& ports, std::vector<FieldError>& errors) {
    const std::array<std::pair<const char*, std::int64_t>, 5> all{
        {{"smtp", ports.smtp},
         {"submission", ports.submission},
         {"smtps", ports.smtps},
         {"imaps", ports.imaps},
         {"pop3s", ports.pop3s}}
    };
    std::map<std::int64_t, std::string> seen;
    for (const auto& [name, port] : all) {
        if (port == 0) continue;  // the engine picks one
        const auto [place, is_new] = seen.emplace(port, name);
        if (!is_new)
            errors.push_back(
                {.path = std::string("/spec/ports/") + name,
                 .message = "port " + std::to_string(port) + " is used by " + place->second + " too"
                }
            );
    }
}

void check_component(
    const std::string& name, const ComponentSettings& settings, std::vector<FieldError>& errors
) {
    constexpr std::array<std::string_view, 6> known{
        "postgres", "valkey", "clamav", "rspamd", "dovecot", "postfix"
    };
    const std::string path = "/spec/components/" + pointer_token(name);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
        const std::string near = nearest(name, known);
        errors.push_back(
            {.path = path,
             .message = "unknown component" +
                        (near.empty() ? std::string{} : "; did you mean '" + near + "'?")}
        );
    }
    if (!settings.image.build.empty() && !settings.image.reference.empty())
        errors.push_back(
            {.path = path + "/image", .message = "only one of build and reference may be set"}
        );
    if (settings.memory_mib > 0 && settings.memory_mib < 16)
        errors.push_back({.path = path + "/memoryMiB", .message = "must be at least 16"});
}

}  // namespace

template <>
PlatformSpec view<PlatformSpec>(const boost::json::object& spec) {
    return detail::decode_leniently<PlatformSpec>(spec);
}

std::vector<FieldError> validate(const PlatformSpec& spec) {
    std::vector<FieldError> errors;
    if (!spec.postmaster.empty() && !is_mail_address(spec.postmaster)) {
        errors.push_back(
            {.path = "/spec/postmaster",
             .message = "'" + spec.postmaster + "' is no mail address in lower case"}
        );
    }
    const std::optional<Subnet> subnet = parse_subnet(spec.data_subnet);
    if (!subnet || subnet->bits > 24 || subnet->bits < 8) {
        errors.push_back(
            {.path = "/spec/dataSubnet",
             .message =
                 "'" + spec.data_subnet +
                 "' is no IPv4 subnet of at least 256 addresses; write one such as 172.31.250.0/24"}
        );
    }
    if (!parse_address(spec.ports.address))
        errors.push_back(
            {.path = "/spec/ports/address",
             .message = "'" + spec.ports.address + "' is no IPv4 address"}
        );
    check_ports(spec.ports, errors);
    if (spec.rspamd.add_header_score >= spec.rspamd.reject_score) {
        errors.push_back(
            {.path = "/spec/rspamd/addHeaderScore", .message = "must be less than rejectScore"}
        );
    }
    for (const auto& [name, settings] : spec.components) check_component(name, settings, errors);
    for (std::size_t i = 0; i < spec.dns.servers.size(); ++i) {
        if (!parse_address(spec.dns.servers[i]))
            errors.push_back(
                {.path = "/spec/dns/servers/" + std::to_string(i),
                 .message = "'" + spec.dns.servers[i] + "' is no IPv4 address"}
            );
    }
    return errors;
}

template SpecFunctions spec_functions<PlatformSpec>();

}  // namespace vectis::resources
