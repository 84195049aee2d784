#include "docker-client/model/model_state.hpp"

#include "docker-client/model/model_text.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace vectis::docker {
namespace {

std::string_view to_text(ContainerState state) {
    static constexpr std::array<std::string_view, 7> names{
        "created", "running", "paused", "restarting", "removing", "exited", "dead"
    };
    return names.at(static_cast<std::size_t>(state));
}

std::string_view to_text(RestartPolicy policy) {
    static constexpr std::array<std::string_view, 4> names{
        "no", "always", "unless-stopped", "on-failure"
    };
    return names.at(static_cast<std::size_t>(policy));
}

std::string_view to_text(Mount::Type type) {
    static constexpr std::array<std::string_view, 3> names{"volume", "bind", "tmpfs"};
    return names.at(static_cast<std::size_t>(type));
}

void append_labels(std::string& text, const Labels& labels) {
    for (const auto& [name, value] : labels)
        text.append("  label ").append(name).append("=").append(value).append("\n");
}

bool is_anonymous(const ModelState& state, const Mount& mount) {
    const auto volume = state.volumes.find(mount.source);
    return mount.type == Mount::Type::volume && volume != state.volumes.end() &&
           volume->second.anonymous;
}

void append_container(std::string& text, const ModelState& state, const StoredContainer& stored) {
    const Container& shown = stored.shown;
    text.append("container ").append(shown.name).append(" ").append(to_text(shown.state));
    if (shown.state == ContainerState::exited || shown.exit_code != 0) {
        text.append(" exit=").append(std::to_string(shown.exit_code));
    }
    text.append(" restart=").append(to_text(shown.restart_policy));
    text.append(" image=").append(shown.image).append("\n");
    append_labels(text, shown.labels);
    for (const auto& [name, endpoint] : shown.networks) {
        text.append("  network ").append(name);
        for (const std::string& alias : endpoint.aliases) text.append(" alias=").append(alias);
        const auto asked = stored.asked_address.find(name);
        if (asked != stored.asked_address.end()) text.append(" address=").append(asked->second);
        text.append("\n");
    }
    for (const Mount& mount : shown.mounts) {
        text.append("  mount ")
            .append(mount.target)
            .append(" ")
            .append(to_text(mount.type))
            .append(" ");
        text.append(is_anonymous(state, mount) ? "(anonymous)" : mount.source);
        text.append(mount.read_only ? " ro\n" : "\n");
    }
    for (const PortBinding& port : stored.asked_ports) {
        text.append("  port ").append(std::to_string(port.container_port)).append(" on ");
        text.append(port.host_address)
            .append(":")
            .append(std::to_string(port.host_port))
            .append("\n");
    }
}

void append_volume(std::string& text, const StoredVolume& stored) {
    text.append("volume ").append(stored.volume.name).append("\n");
    append_labels(text, stored.volume.labels);
    for (const auto& [path, entry] : stored.entries) {
        std::array<char, 16> mode{};
        std::snprintf(mode.data(), mode.size(), "%04o", static_cast<unsigned>(entry.mode));
        text.append("  entry ").append(path).append(" ").append(mode.data()).append(" ");
        text.append(std::to_string(entry.uid)).append(":").append(std::to_string(entry.gid));
        if (entry.type == TarEntry::Type::link) text.append(" -> ").append(entry.content);
        // Files may be secrets, and this text goes into test output.
        if (entry.type == TarEntry::Type::file)
            text.append(" ").append(content_id(entry.content), 0, 13);
        text.append("\n");
    }
}

}  // namespace

std::string describe(const ModelState& state) {
    std::string text;
    for (const auto& [name, id] : state.container_ids) {
        append_container(text, state, state.containers.at(id));
    }
    for (const auto& [name, stored] : state.networks) {
        const Network& network = stored.network;
        if (name == "bridge" || name == "host" || name == "none") continue;
        text.append("network ").append(name).append(network.internal ? " internal" : "");
        text.append(stored.fixed_subnet ? " " + network.subnet : std::string()).append("\n");
        append_labels(text, network.labels);
    }
    for (const auto& [name, stored] : state.volumes) {
        if (!stored.anonymous) append_volume(text, stored);
    }
    for (const auto& [id, image] : state.images) {
        text.append("image ").append(id);
        for (const std::string& tag : image.tags) text.append(" ").append(tag);
        text.append("\n");
    }
    return text;
}

std::string with_default_tag(const std::string& reference) {
    if (reference.empty() || reference.starts_with("sha256:")) return reference;
    if (reference.find('@') != std::string::npos) return reference;
    const std::size_t slash = reference.rfind('/');
    const std::size_t colon = reference.rfind(':');
    const bool tagged = colon != std::string::npos && (slash == std::string::npos || colon > slash);
    return tagged ? reference : reference + ":latest";
}

std::string to_rfc3339(Time time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    std::array<char, 32> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%04d-%02u-%02uT%02d:%02d:%02dZ",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count())
    );
    return text.data();
}

}  // namespace vectis::docker
