#include "docker-client/wire.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace vectis::docker::wire {
namespace json = boost::json;
namespace {

const json::array no_items;
const json::object no_members;

const json::array& items(const json::value& value) {
    return value.is_array() ? value.as_array() : no_items;
}

const json::object& members(const json::value& value) {
    return value.is_object() ? value.as_object() : no_members;
}

bool flag_at(const json::value& value, std::string_view name) {
    const json::value& found = member(value, name);
    return found.is_bool() && found.as_bool();
}

Labels labels_at(const json::value& value, std::string_view name) {
    Labels labels;
    for (const auto& [key, text] : members(member(value, name))) {
        if (text.is_string()) labels[std::string(key)] = std::string(text.as_string());
    }
    return labels;
}

std::string without_slash(std::string name) {
    if (name.starts_with('/')) name.erase(0, 1);
    return name;
}

ContainerState decode_state(std::string_view text) {
    if (text == "running") return ContainerState::running;
    if (text == "paused") return ContainerState::paused;
    if (text == "restarting") return ContainerState::restarting;
    if (text == "removing") return ContainerState::removing;
    if (text == "exited") return ContainerState::exited;
    if (text == "dead") return ContainerState::dead;
    return ContainerState::created;
}

RestartPolicy decode_policy(std::string_view text) {
    if (text == "always") return RestartPolicy::always;
    if (text == "unless-stopped") return RestartPolicy::unless_stopped;
    if (text == "on-failure") return RestartPolicy::on_failure;
    return RestartPolicy::no;
}

std::uint16_t decode_port(std::string_view digits) {
    std::uint16_t port = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), port);
    return port;
}

/// Aliases that somebody asked for: the engine adds the container's short id and, from 25 on, its
/// name to DNSNames only.
std::vector<std::string> aliases_of(
    const json::value& endpoint, const std::string& id, const std::string& name
) {
    std::vector<std::string> aliases;
    for (const json::value& alias : items(member(endpoint, "Aliases"))) {
        if (!alias.is_string()) continue;
        std::string text(alias.as_string());
        const bool is_short_id = text.size() == 12 && id.starts_with(text);
        if (!is_short_id && text != name) aliases.push_back(std::move(text));
    }
    std::ranges::sort(aliases);
    const auto repeated = std::ranges::unique(aliases);
    aliases.erase(repeated.begin(), repeated.end());
    return aliases;
}

void decode_networks(Container& out, const json::value& value) {
    for (const auto& [name, endpoint] :
         members(member(member(value, "NetworkSettings"), "Networks"))) {
        Endpoint decoded;
        decoded.network_id = text_at(endpoint, "NetworkID");
        decoded.aliases = aliases_of(endpoint, out.id, out.name);
        decoded.address = text_at(endpoint, "IPAddress");
        decoded.gateway = text_at(endpoint, "Gateway");
        out.networks[std::string(name)] = std::move(decoded);
    }
}

void decode_ports(Container& out, const json::value& value) {
    constexpr std::string_view tcp = "/tcp";
    for (const auto& [port, bindings] :
         members(member(member(value, "NetworkSettings"), "Ports"))) {
        const std::string_view name = port;
        if (!name.ends_with(tcp)) continue;  // a PortBinding is TCP
        for (const json::value& binding : items(bindings)) {
            const std::string address = text_at(binding, "HostIp");
            // The same port once more, on IPv6.
            if (address.find(':') != std::string::npos) continue;
            out.ports.push_back(
                {decode_port(name.substr(0, name.size() - tcp.size())),
                 address,
                 decode_port(text_at(binding, "HostPort"))}
            );
        }
    }
    std::ranges::sort(out.ports);
}

void decode_mounts(Container& out, const json::value& value) {
    for (const json::value& mount : items(member(value, "Mounts"))) {
        Mount decoded;
        const std::string type = text_at(mount, "Type");
        decoded.type = type == "bind"    ? Mount::Type::bind
                       : type == "tmpfs" ? Mount::Type::tmpfs
                                         : Mount::Type::volume;
        decoded.source =
            decoded.type == Mount::Type::volume ? text_at(mount, "Name") : text_at(mount, "Source");
        decoded.target = text_at(mount, "Destination");
        decoded.read_only = !flag_at(mount, "RW");
        out.mounts.push_back(std::move(decoded));
    }
    std::ranges::sort(out.mounts);
}

}  // namespace

ContainerSummary decode_summary(const json::value& value) {
    ContainerSummary out;
    out.id = text_at(value, "Id");
    for (const json::value& name : items(member(value, "Names"))) {
        // A linked container has more names, with two slashes.
        if (name.is_string() &&
            std::string_view(name.as_string()).find('/', 1) == std::string_view::npos)
            out.name = without_slash(std::string(name.as_string()));
    }
    out.image = text_at(value, "Image");
    out.image_id = text_at(value, "ImageID");
    out.state = decode_state(text_at(value, "State"));
    out.labels = labels_at(value, "Labels");
    for (const auto& [name, endpoint] :
         members(member(member(value, "NetworkSettings"), "Networks"))) {
        out.networks[std::string(name)] = text_at(endpoint, "IPAddress");
    }
    return out;
}

Container decode_container(const json::value& value) {
    Container out;
    out.id = text_at(value, "Id");
    out.name = without_slash(text_at(value, "Name"));
    out.image = text_at(member(value, "Config"), "Image");
    out.image_id = text_at(value, "Image");
    out.labels = labels_at(member(value, "Config"), "Labels");
    const json::value& state = member(value, "State");
    out.state = decode_state(text_at(state, "Status"));
    out.exit_code = number_at(state, "ExitCode");
    out.error = text_at(state, "Error");
    out.oom_killed = flag_at(state, "OOMKilled");
    out.created_at = decode_time(text_at(value, "Created"));
    out.started_at = decode_time(text_at(state, "StartedAt"));
    out.finished_at = decode_time(text_at(state, "FinishedAt"));
    out.restart_count = number_at(value, "RestartCount");
    const json::value& host = member(value, "HostConfig");
    out.restart_policy = decode_policy(text_at(member(host, "RestartPolicy"), "Name"));
    out.memory_bytes = number_at(host, "Memory");
    out.nano_cpus = number_at(host, "NanoCpus");
    out.pids_limit = number_at(host, "PidsLimit");
    decode_networks(out, value);
    decode_ports(out, value);
    decode_mounts(out, value);
    return out;
}

Network decode_network(const json::value& value) {
    Network out;
    out.id = text_at(value, "Id");
    out.name = text_at(value, "Name");
    out.internal = flag_at(value, "Internal");
    out.driver = text_at(value, "Driver");
    out.labels = labels_at(value, "Labels");
    for (const json::value& pool : items(member(member(value, "IPAM"), "Config"))) {
        const std::string subnet = text_at(pool, "Subnet");
        if (!out.subnet.empty() || subnet.find(':') != std::string::npos) continue;
        out.subnet = subnet;
        out.gateway = text_at(pool, "Gateway");
    }
    for (const auto& [id, container] : members(member(value, "Containers")))
        out.containers[std::string(id)] = text_at(container, "Name");
    return out;
}

Volume decode_volume(const json::value& value) {
    return {
        .name = text_at(value, "Name"),
        .driver = text_at(value, "Driver"),
        .labels = labels_at(value, "Labels"),
        .created_at = text_at(value, "CreatedAt")
    };
}

Image decode_image(const json::value& value) {
    Image out;
    out.id = text_at(value, "Id");
    for (const json::value& tag : items(member(value, "RepoTags"))) {
        // What old engines write for an image without a tag.
        if (tag.is_string() && tag.as_string() != "<none>:<none>") {
            out.tags.emplace_back(tag.as_string());
        }
    }
    std::ranges::sort(out.tags);
    const json::value& config = member(value, "Config");
    out.labels = config.is_object() ? labels_at(config, "Labels") : labels_at(value, "Labels");
    out.size_bytes = number_at(value, "Size");
    return out;
}

Progress decode_progress(const json::value& value) {
    Progress out;
    out.id = text_at(value, "id");
    out.status = text_at(value, "status");
    if (out.status.empty()) out.status = text_at(value, "stream");
    out.current_bytes = number_at(member(value, "progressDetail"), "current");
    out.total_bytes = number_at(member(value, "progressDetail"), "total");
    return out;
}

std::string decode_error(const json::value& value) {
    const std::string detail = text_at(member(value, "errorDetail"), "message");
    return detail.empty() ? text_at(value, "error") : detail;
}

std::optional<std::int64_t> decode_exec(const json::value& value) {
    if (flag_at(value, "Running") || !member(value, "ExitCode").is_number()) return std::nullopt;
    return number_at(value, "ExitCode");
}

Event decode_event(const json::value& value) {
    Event out;
    out.type = text_at(value, "Type");
    out.action = text_at(value, "Action");
    out.id = text_at(member(value, "Actor"), "ID");
    out.attributes = labels_at(member(value, "Actor"), "Attributes");
    out.time = Time(std::chrono::nanoseconds(number_at(value, "timeNano")));
    return out;
}

}  // namespace vectis::docker::wire
