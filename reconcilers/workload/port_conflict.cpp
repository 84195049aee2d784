#include "reconcilers/workload/port_conflict.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace vectis::reconcilers {
namespace {

/// The declared port that the engine's text names, as ":2525" with no digit after it.
std::optional<std::uint16_t> port_named_in(
    const std::string& text, const resources::WorkloadSpec& spec
) {
    for (const resources::PublishedPort& port : spec.ports) {
        const std::string word = ':' + std::to_string(port.host_port);
        const std::size_t place = text.find(word);
        if (place == std::string::npos) continue;
        const std::size_t after = place + word.size();
        if (after == text.size() || text[after] < '0' || text[after] > '9')
            return static_cast<std::uint16_t>(port.host_port);
    }
    return std::nullopt;
}

std::string container_on(std::uint16_t port, docker::Engine& engine, const docker::Call& call) {
    for (const docker::ContainerSummary& row : engine.list_containers({}, call)) {
        if (row.state != docker::ContainerState::running) continue;
        const std::optional<docker::Container> container = engine.inspect_container(row.id, call);
        if (container && std::ranges::any_of(container->ports, [&](const docker::PortBinding& b) {
                return b.host_port == port;
            }))
            return "container " + row.name;
    }
    return {};
}

}  // namespace

docker::Refusal explain_port_conflict(
    const docker::Refusal& refusal,
    const resources::WorkloadSpec& spec,
    const Seams& seams,
    const docker::Call& call
) {
    if (refusal.reason() != docker::RefusalReason::port_in_use) return refusal;
    const std::optional<std::uint16_t> port = port_named_in(refusal.message(), spec);
    if (!port) return refusal;
    std::string holder = container_on(*port, seams.engine, call);
    if (holder.empty() && seams.listener_of) holder = seams.listener_of(*port);
    const std::string number = std::to_string(*port);
    return {
        refusal.reason(),
        "port " + number + " of the host is in use" + (holder.empty() ? "" : " by " + holder) +
            "; free it, or give the Platform another one in spec.ports (" + refusal.message() + ")"
    };
}

}  // namespace vectis::reconcilers
