#include "docker-client/model/model_daemon.hpp"
#include "docker-client/model/model_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace vectis::docker {
namespace {

struct Subnet {
    std::uint32_t base = 0;
    unsigned prefix = 32;

    std::uint32_t last() const {
        return base | (prefix == 0 ? ~0U : (prefix >= 32 ? 0U : ~0U >> prefix));
    }
    bool contains(std::uint32_t address) const { return address >= base && address <= last(); }
};

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t limit) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > limit)
        return std::nullopt;
    return value;
}

std::optional<std::uint32_t> parse_address(std::string_view text) {
    std::uint32_t address = 0;
    for (int part = 0; part < 4; ++part) {
        const std::size_t dot = part < 3 ? text.find('.') : text.size();
        if (dot == std::string_view::npos) return std::nullopt;
        const auto number = parse_number(text.substr(0, dot), 255);
        if (!number) return std::nullopt;
        address = address << 8 | *number;
        text.remove_prefix(std::min(text.size(), dot + 1));
    }
    return address;
}

std::optional<Subnet> parse_subnet(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto address = parse_address(text.substr(0, slash));
    const auto prefix = parse_number(text.substr(slash + 1), 30);
    if (!address || !prefix) return std::nullopt;
    const std::uint32_t mask = *prefix == 0 ? 0U : ~0U << (32 - *prefix);
    return Subnet{.base = *address & mask, .prefix = *prefix};
}

std::string to_text(std::uint32_t address) {
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8) {
        if (!text.empty()) text += '.';
        text += std::to_string(address >> shift & 0xFFU);
    }
    return text;
}

bool overlap(const Subnet& a, const Subnet& b) {
    return a.contains(b.base) || b.contains(a.base);
}

bool is_predefined(const Network& network) {
    static constexpr std::array names{"bridge", "host", "none"};
    return std::find(names.begin(), names.end(), network.name) != names.end();
}

}  // namespace

StoredNetwork* ModelDaemon::find_network(const std::string& name_or_id) {
    return const_cast<StoredNetwork*>(std::as_const(*this).find_network(name_or_id));
}

const StoredNetwork* ModelDaemon::find_network(const std::string& name_or_id) const {
    if (const auto named = state_.networks.find(name_or_id); named != state_.networks.end()) {
        return &named->second;
    }
    for (const auto& [name, stored] : state_.networks) {
        if (stored.network.id == name_or_id) return &stored;
    }
    return nullptr;
}

std::vector<Network> ModelDaemon::list_networks(const Labels& labels) const {
    std::vector<Network> list;
    for (const auto& [name, stored] : state_.networks) {
        if (matches(stored.network.labels, labels)) list.push_back(stored.network);
    }
    return list;
}

std::optional<Network> ModelDaemon::inspect_network(const std::string& name) const {
    const StoredNetwork* stored = find_network(name);
    if (stored == nullptr) return std::nullopt;
    Network shown = stored->network;
    for (const auto& [id, container] : state_.containers) {
        const auto endpoint = container.shown.networks.find(shown.name);
        if (endpoint == container.shown.networks.end() || endpoint->second.address.empty())
            continue;
        shown.containers.emplace(id, container.shown.name);
    }
    return shown;
}

std::string ModelDaemon::next_subnet() {
    while (true) {
        const std::uint64_t number = state_.subnets_given++;
        // 172.18.0.0/24, 172.18.1.0/24 … up to 172.31.255.0/24, then round again.
        const auto base =
            static_cast<std::uint32_t>(0xAC120000U + (number % (std::uint64_t{14} * 256)) * 256);
        const Subnet candidate{.base = base, .prefix = 24};
        const bool taken =
            std::any_of(state_.networks.begin(), state_.networks.end(), [&](const auto& entry) {
                const auto used = parse_subnet(entry.second.network.subnet);
                return used && overlap(*used, candidate);
            });
        if (!taken) return to_text(base) + "/24";
    }
}

Result<std::string> ModelDaemon::create_network(const NetworkSpec& spec) {
    if (spec.name.empty()) return Refusal(RefusalReason::invalid, "invalid name: name is empty");
    if (state_.networks.contains(spec.name)) {
        return Refusal(
            RefusalReason::conflict, "network with name " + spec.name + " already exists"
        );
    }
    if (!spec.subnet.empty()) {
        const auto asked = parse_subnet(spec.subnet);
        if (!asked) return Refusal(RefusalReason::invalid, "invalid subnet " + spec.subnet);
        for (const auto& [name, other] : state_.networks) {
            const auto used = parse_subnet(other.network.subnet);
            if (used && overlap(*used, *asked)) {
                return Refusal(
                    RefusalReason::forbidden, "Pool overlaps with other one on this address space"
                );
            }
        }
    }
    StoredNetwork stored{.network = {}, .fixed_subnet = !spec.subnet.empty()};
    stored.network = {
        .id = new_id(),
        .name = spec.name,
        .internal = spec.internal,
        .driver = "bridge",
        .subnet = stored.fixed_subnet ? spec.subnet : next_subnet(),
        .labels = spec.labels
    };
    stored.network.gateway = to_text(parse_subnet(stored.network.subnet)->base + 1);
    const std::string id = stored.network.id;
    emit("network", "create", id, {{"name", spec.name}, {"type", "bridge"}});
    state_.networks.emplace(spec.name, std::move(stored));
    return id;
}

Result<Effect> ModelDaemon::remove_network(const std::string& id) {
    const StoredNetwork* stored = find_network(id);
    if (stored == nullptr) return Effect::unchanged;
    const Network& network = stored->network;
    if (is_predefined(network)) {
        return Refusal(
            RefusalReason::forbidden,
            network.name + " is a pre-defined network and cannot be removed"
        );
    }
    if (!inspect_network(network.name)->containers.empty()) {
        return Refusal(
            RefusalReason::forbidden,
            "error while removing network: network " + network.name + " id " + network.id +
                " has active endpoints"
        );
    }
    emit("network", "destroy", network.id, {{"name", network.name}, {"type", network.driver}});
    state_.networks.erase(std::string(network.name));
    return Effect::changed;
}

/// The lowest free address, as Docker's default allocator gives it: it changes over a stop and a
/// start.
std::optional<std::string> ModelDaemon::free_address(const StoredNetwork& network) const {
    const auto subnet = parse_subnet(network.network.subnet);
    if (!subnet) return std::nullopt;
    std::set<std::uint32_t> used;
    for (const auto& [id, container] : state_.containers) {
        const auto endpoint = container.shown.networks.find(network.network.name);
        if (endpoint == container.shown.networks.end()) continue;
        if (const auto address = parse_address(endpoint->second.address)) used.insert(*address);
    }
    for (std::uint32_t address = subnet->base + 2; address < subnet->last(); ++address) {
        if (!used.contains(address)) return to_text(address);
    }
    return std::nullopt;
}

std::optional<Refusal> ModelDaemon::check_address(
    const StoredNetwork& network, const std::string& address
) const {
    const auto subnet = parse_subnet(network.network.subnet);
    const auto parsed = parse_address(address);
    if (network.fixed_subnet && subnet && parsed && subnet->contains(*parsed)) return std::nullopt;
    return Refusal(
        RefusalReason::invalid,
        "no configured subnet of network " + network.network.name + " contains IP address " +
            address
    );
}

/// Gives `endpoint`, whose network is `name`, its address. Containers remember the id of the
/// network they once ran on, so that a network made again under the same name is another one to
/// them.
std::optional<Refusal> ModelDaemon::attach(
    StoredContainer& container, const std::string& name, Endpoint& endpoint
) {
    const StoredNetwork* network =
        find_network(endpoint.network_id.empty() ? name : endpoint.network_id);
    if (network == nullptr) {
        const std::string missing = endpoint.network_id.empty() ? name : endpoint.network_id;
        return Refusal(RefusalReason::not_found, "network " + missing + " not found");
    }
    endpoint.network_id = network->network.id;
    if (network->network.driver != "bridge") return std::nullopt;
    const auto asked = container.asked_address.find(name);
    if (asked == container.asked_address.end()) {
        const auto address = free_address(*network);
        if (!address) {
            return Refusal(
                RefusalReason::failed, "no available IPv4 addresses on this network's address pools"
            );
        }
        endpoint.address = *address;
    } else {
        if (auto refusal = check_address(*network, asked->second)) return refusal;
        for (const auto& [id, other] : state_.containers) {
            const auto taken = other.shown.networks.find(name);
            if (taken == other.shown.networks.end() || id == container.shown.id) continue;
            if (taken->second.address == asked->second) {
                return Refusal(RefusalReason::port_in_use, "Address already in use");
            }
        }
        endpoint.address = asked->second;
    }
    endpoint.gateway = network->network.internal && modern_ ? "" : network->network.gateway;
    emit(
        "network",
        "connect",
        endpoint.network_id,
        {{"container", container.shown.id}, {"name", name}}
    );
    return std::nullopt;
}

std::optional<Refusal> ModelDaemon::attach_networks(StoredContainer& container) {
    for (auto& [name, endpoint] : container.shown.networks) {
        if (auto refusal = attach(container, name, endpoint)) return refusal;
    }
    return std::nullopt;
}

/// On a container that does not run this writes down a wish and checks nothing: the network may be
/// missing, and an earlier wish for a network that exists stays as it was, although the engine
/// reports success.
Result<Effect> ModelDaemon::connect_network(
    const std::string& network, const std::string& container, const Endpoint& endpoint
) {
    StoredContainer* target = find_container(container);
    if (target == nullptr)
        return Refusal(RefusalReason::not_found, "No such container: " + container);
    const StoredNetwork* stored = find_network(network);
    const ContainerState state = target->shown.state;
    const bool runs = state == ContainerState::running || state == ContainerState::paused;
    if (runs && stored == nullptr) {
        return Refusal(RefusalReason::not_found, "network " + network + " not found");
    }
    const std::string name = stored == nullptr ? network : stored->network.name;
    if (runs && target->shown.networks.contains(name)) return Effect::unchanged;
    if (modern_ && stored != nullptr && !endpoint.address.empty()) {
        if (auto refusal = check_address(*stored, endpoint.address)) return *refusal;
    }
    if (stored != nullptr && target->shown.networks.contains(name)) return Effect::changed;
    Endpoint shown{.aliases = endpoint.aliases};
    std::erase(shown.aliases, target->shown.name);
    sort_unique(shown.aliases);
    target->asked_address.erase(name);
    if (!endpoint.address.empty()) target->asked_address[name] = endpoint.address;
    if (runs) {
        if (auto refusal = attach(*target, name, shown)) {
            target->asked_address.erase(name);
            return *refusal;
        }
    }
    target->shown.networks.insert_or_assign(name, std::move(shown));
    return Effect::changed;
}

Result<Effect> ModelDaemon::disconnect_network(
    const std::string& network, const std::string& container
) {
    StoredContainer* target = find_container(container);
    if (target == nullptr) return Effect::unchanged;
    const StoredNetwork* stored = find_network(network);
    const std::string name = stored == nullptr ? network : stored->network.name;
    const auto endpoint = target->shown.networks.find(name);
    if (endpoint == target->shown.networks.end()) return Effect::unchanged;
    if (!endpoint->second.address.empty()) {
        emit(
            "network",
            "disconnect",
            endpoint->second.network_id,
            {{"container", target->shown.id}, {"name", name}}
        );
    }
    target->shown.networks.erase(endpoint);
    target->asked_address.erase(name);
    if (!can_publish(target->shown)) target->shown.ports.clear();
    return Effect::changed;
}

}  // namespace vectis::docker
