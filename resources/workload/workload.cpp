#include "resources/workload/workload.hpp"

#include "resources/checks.hpp"
#include "resources/decode.hpp"
#include "resources/spec_functions.hpp"

#include <algorithm>
#include <array>

namespace vectis::resources {
namespace {

void check_folders(const WorkloadSpec& spec, std::vector<FieldError>& errors) {
    if (!spec.files.files.empty() && spec.files.path.empty())
        errors.push_back({.path = "/spec/files/path", .message = "is required when there are files"}
        );
    if (spec.live.files.empty()) return;
    if (spec.live.path.empty())
        errors.push_back(
            {.path = "/spec/live/path", .message = "is required when there are live files"}
        );
    if (spec.live.reload.empty() == spec.live.reload_signal.empty()) {
        errors.push_back(
            {.path = "/spec/live", .message = "exactly one of reload and reloadSignal must be set"}
        );
    }
}

void check_capabilities(
    const std::vector<std::string>& capabilities, std::vector<FieldError>& errors
) {
    constexpr std::array<std::string_view, 9> allowed{
        "CHOWN",
        "DAC_OVERRIDE",
        "DAC_READ_SEARCH",
        "FOWNER",
        "KILL",
        "NET_BIND_SERVICE",
        "SETGID",
        "SETUID",
        "SYS_CHROOT"
    };
    for (std::size_t i = 0; i < capabilities.size(); ++i) {
        if (std::find(allowed.begin(), allowed.end(), capabilities[i]) != allowed.end()) continue;
        errors.push_back(
            {.path = "/spec/capabilities/" + std::to_string(i),
             .message = "'" + capabilities[i] +
                        "' is not allowed; CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, KILL, "
                        "NET_BIND_SERVICE, SETGID, SETUID and SYS_CHROOT are"}
        );
    }
}

void check_addresses(const WorkloadSpec& spec, std::vector<FieldError>& errors) {
    for (std::size_t i = 0; i < spec.networks.size(); ++i) {
        const std::string& address = spec.networks[i].address;
        if (!address.empty() && !parse_address(address))
            errors.push_back(
                {.path = "/spec/networks/" + std::to_string(i) + "/address",
                 .message = "'" + address + "' is no IPv4 address"}
            );
    }
    for (std::size_t i = 0; i < spec.ports.size(); ++i) {
        if (!parse_address(spec.ports[i].host_address))
            errors.push_back(
                {.path = "/spec/ports/" + std::to_string(i) + "/hostAddress",
                 .message = "'" + spec.ports[i].host_address + "' is no IPv4 address"}
            );
    }
}

}  // namespace

template <>
WorkloadSpec view<WorkloadSpec>(const boost::json::object& spec) {
    return detail::decode_leniently<WorkloadSpec>(spec);
}

std::vector<FieldError> validate(const WorkloadSpec& spec) {
    std::vector<FieldError> errors;
    if (spec.image.build.empty() == spec.image.reference.empty())
        errors.push_back(
            {.path = "/spec/image", .message = "exactly one of build and reference must be set"}
        );
    if (!spec.image.build.empty() && !is_label(spec.image.build))
        errors.push_back(
            {.path = "/spec/image/build",
             .message = "must be the name of a folder in manifests/images"}
        );
    if (spec.probe.type != ProbeType::none && spec.probe.port == 0)
        errors.push_back(
            {.path = "/spec/probe/port", .message = "is required for this type of probe"}
        );
    check_folders(spec, errors);
    check_capabilities(spec.capabilities, errors);
    check_addresses(spec, errors);
    return errors;
}

template SpecFunctions spec_functions<WorkloadSpec>();

}  // namespace vectis::resources
