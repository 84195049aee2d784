#include "docker-client/model/model_daemon.hpp"
#include "docker-client/model/model_text.hpp"

#include <algorithm>
#include <array>

namespace vectis::docker {
namespace {

Refusal no_such_container(const std::string& id) {
    return {RefusalReason::not_found, "No such container: " + id};
}

Refusal wrong_state(const Container& container, const std::string& what) {
    return {RefusalReason::conflict, "Container " + container.id + " is " + what};
}

bool is_container_name(const std::string& name) {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return name.size() >= 2 && letter(name.front()) &&
           std::all_of(name.begin() + 1, name.end(), [&](char c) {
               return letter(c) || c == '_' || c == '.' || c == '-';
           });
}

std::map<std::string, Endpoint> shown_endpoints(const ContainerSpec& spec) {
    std::map<std::string, Endpoint> shown;
    for (const auto& [name, asked] : spec.networks) {
        Endpoint endpoint{.aliases = asked.aliases};
        std::erase(endpoint.aliases, spec.name);
        sort_unique(endpoint.aliases);
        shown.emplace(name, std::move(endpoint));
    }
    if (shown.empty()) shown.emplace("bridge", Endpoint{});
    return shown;
}

bool is_running(const Container& container) {
    return container.state == ContainerState::running || container.state == ContainerState::paused;
}

enum class SignalKind { unknown, kills, stops, ignored };

/// "SIGHUP", "hup" and "1" → "HUP"; nothing for an unknown signal. Empty means KILL, as the engine
/// has it.
std::optional<std::string> signal_name(std::string signal) {
    struct Known {
        const char* name;
        const char* number;
    };
    static constexpr std::array known{
        Known{"KILL", "9"},
        Known{"TERM", "15"},
        Known{"INT", "2"},
        Known{"QUIT", "3"},
        Known{"HUP", "1"},
        Known{"USR1", "10"},
        Known{"USR2", "12"},
        Known{"WINCH", "28"},
        Known{"CONT", "18"}
    };
    std::transform(signal.begin(), signal.end(), signal.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    if (signal.empty()) return "KILL";
    if (signal.starts_with("SIG")) signal.erase(0, 3);
    const auto found = std::find_if(known.begin(), known.end(), [&](const Known& one) {
        return signal == one.name || signal == one.number;
    });
    if (found == known.end()) return std::nullopt;
    return found->name;
}

/// Modelled programs end on these. The first process of a container ignores every other signal that
/// it does not handle.
bool asks_to_end(const std::string& signal) {
    return signal == "TERM" || signal == "INT" || signal == "QUIT";
}

}  // namespace

StoredContainer* ModelDaemon::find_container(const std::string& id) {
    return const_cast<StoredContainer*>(std::as_const(*this).find_container(id));
}

const StoredContainer* ModelDaemon::find_container(const std::string& id) const {
    if (id.empty()) return nullptr;
    if (const auto found = state_.containers.find(id); found != state_.containers.end()) {
        return &found->second;
    }
    if (const auto named = state_.container_ids.find(id); named != state_.container_ids.end()) {
        return &state_.containers.at(named->second);
    }
    const auto first = state_.containers.lower_bound(id);
    if (first == state_.containers.end() || !first->first.starts_with(id)) return nullptr;
    const auto second = std::next(first);
    const bool ambiguous = second != state_.containers.end() && second->first.starts_with(id);
    return ambiguous ? nullptr : &first->second;
}

std::vector<ContainerSummary> ModelDaemon::list_containers(const Labels& labels) const {
    std::vector<ContainerSummary> rows;
    for (const auto& [name, id] : state_.container_ids) {
        const Container& shown = state_.containers.at(id).shown;
        if (!matches(shown.labels, labels)) continue;
        ContainerSummary row{
            .id = id,
            .name = name,
            .image = shown.image,
            .image_id = shown.image_id,
            .state = shown.state,
            .labels = shown.labels,
            .networks = {}
        };
        for (const auto& [network, endpoint] : shown.networks)
            row.networks[network] = endpoint.address;
        rows.push_back(std::move(row));
    }
    return rows;
}

std::optional<Container> ModelDaemon::inspect_container(const std::string& id) const {
    const StoredContainer* container = find_container(id);
    if (container == nullptr) return std::nullopt;
    return container->shown;
}

std::optional<Refusal> ModelDaemon::check_spec(const ContainerSpec& spec) const {
    if (!is_container_name(spec.name)) {
        return Refusal(
            RefusalReason::invalid,
            "Invalid container name (" + spec.name + "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
        );
    }
    std::set<std::string> targets;
    for (const Mount& mount : spec.mounts) {
        if (!mount.target.starts_with('/') || mount.target == "/") {
            return Refusal(
                RefusalReason::invalid,
                "invalid mount config for type \"volume\": invalid mount path: '" + mount.target +
                    "'"
            );
        }
        if (!targets.insert(mount.target).second) {
            return Refusal(RefusalReason::invalid, "Duplicate mount point: " + mount.target);
        }
    }
    if (find_image(spec.image) == nullptr) {
        return Refusal(RefusalReason::not_found, "No such image: " + with_default_tag(spec.image));
    }
    if (const auto owner = state_.container_ids.find(spec.name);
        owner != state_.container_ids.end()) {
        return Refusal(
            RefusalReason::conflict,
            "Conflict. The container name \"/" + spec.name +
                "\" is already in use by container \"" + owner->second +
                "\". You have to remove (or rename) that container to be able to reuse that name."
        );
    }
    return std::nullopt;
}

/// Named volumes that do not exist come into being empty and without labels, as on a real engine.
std::vector<Mount> ModelDaemon::prepare_mounts(const std::vector<Mount>& asked) {
    std::vector<Mount> mounts = asked;
    for (Mount& mount : mounts) {
        if (mount.type != Mount::Type::volume) continue;
        const bool anonymous = mount.source.empty();
        if (anonymous) mount.source = new_id();
        if (state_.volumes.contains(mount.source)) continue;
        static_cast<void>(create_volume({.name = mount.source, .labels = {}}));
        state_.volumes.at(mount.source).anonymous = anonymous;
    }
    std::sort(mounts.begin(), mounts.end());
    return mounts;
}

Result<std::string> ModelDaemon::create_container(const ContainerSpec& spec) {
    if (auto refusal = check_spec(spec)) return *refusal;
    StoredContainer created;
    created.shown = {
        .id = new_id(),
        .name = spec.name,
        .image = spec.image,
        .image_id = find_image(spec.image)->id,
        .labels = find_image(spec.image)->labels,
        .created_at = now_,
        .restart_policy = spec.restart_policy,
        .networks = shown_endpoints(spec),
        .mounts = prepare_mounts(spec.mounts),
        .memory_bytes = spec.memory_bytes,
        .nano_cpus = spec.nano_cpus,
        .pids_limit = spec.pids_limit
    };
    for (const auto& [name, value] : spec.labels) created.shown.labels[name] = value;
    created.asked_ports = spec.ports;
    std::sort(created.asked_ports.begin(), created.asked_ports.end());
    for (const auto& [name, endpoint] : spec.networks) {
        if (!endpoint.address.empty()) created.asked_address[name] = endpoint.address;
    }
    created.read_only_root = spec.read_only_root;
    created.stop_signal = spec.stop_signal;
    const std::string id = created.shown.id;
    emit("create", created.shown);
    state_.container_ids[spec.name] = id;
    state_.containers.emplace(id, std::move(created));
    return id;
}

Result<Effect> ModelDaemon::start_container(const std::string& id) {
    StoredContainer* container = find_container(id);
    if (container == nullptr) return no_such_container(id);
    switch (container->shown.state) {
        case ContainerState::running:
        case ContainerState::restarting:
            return Effect::unchanged;
        case ContainerState::paused:
            return Refusal(
                RefusalReason::conflict, "cannot start a paused container, try unpause instead"
            );
        case ContainerState::removing:
        case ContainerState::dead:
            return wrong_state(container->shown, "marked for removal and cannot be started");
        case ContainerState::created:
        case ContainerState::exited:
            break;
    }
    container->manually_stopped = false;
    container->restart_cancelled = false;
    container->backoff = std::chrono::milliseconds(0);
    container->shown.restart_count = 0;
    if (auto refusal = run(*container)) return *refusal;
    return Effect::changed;
}

Result<Effect> ModelDaemon::stop_container(const std::string& id) {
    StoredContainer* container = find_container(id);
    if (container == nullptr) return no_such_container(id);
    const Container& shown = container->shown;
    if (shown.state == ContainerState::restarting) {
        container->manually_stopped = true;
        set_due(*container, std::nullopt);
        container->shown.state = ContainerState::exited;
        emit("stop", shown);
        return Effect::changed;
    }
    if (!is_running(shown)) return Effect::unchanged;
    container->manually_stopped = true;
    container->restart_cancelled = true;
    const bool stubborn = behaviour_of(shown).ignores_stop;
    emit("kill", shown, {{"signal", "15"}});
    if (stubborn) emit("kill", shown, {{"signal", "9"}});
    die(*container, stubborn ? 137 : 0);
    emit("stop", shown);
    return Effect::changed;
}

Result<Effect> ModelDaemon::kill_container(const std::string& id, const std::string& signal) {
    StoredContainer* container = find_container(id);
    if (container == nullptr) return no_such_container(id);
    const std::optional<std::string> name = signal_name(signal);
    if (!name) return Refusal(RefusalReason::invalid, "Invalid signal: " + signal);
    if (!is_running(container->shown)) return Effect::unchanged;
    container->manually_stopped = true;
    // Without a declared stop signal every signal counts as a wish to stop: a reload by HUP rests
    // the restart policy.
    const bool other_signal = !container->stop_signal.empty() && *name != "KILL" &&
                              signal_name(container->stop_signal) != name;
    if (!other_signal) container->restart_cancelled = true;
    emit("kill", container->shown, {{"signal", *name}});
    if (*name == "KILL") {
        die(*container, 137);
    } else if (asks_to_end(*name) && !behaviour_of(container->shown).ignores_stop) {
        end_program(*container, 0);
    }
    return Effect::changed;
}

Result<Effect> ModelDaemon::pause_container(const std::string& id) {
    StoredContainer* container = find_container(id);
    if (container == nullptr) return no_such_container(id);
    if (container->shown.state == ContainerState::paused) return Effect::unchanged;
    if (container->shown.state != ContainerState::running) {
        return wrong_state(container->shown, "not running");
    }
    container->shown.state = ContainerState::paused;
    set_due(*container, std::nullopt);
    emit("pause", container->shown);
    return Effect::changed;
}

Result<Effect> ModelDaemon::unpause_container(const std::string& id) {
    StoredContainer* container = find_container(id);
    if (container == nullptr) return no_such_container(id);
    if (container->shown.state != ContainerState::paused) return Effect::unchanged;
    container->shown.state = ContainerState::running;
    if (const auto life = behaviour_of(container->shown).exits_after)
        set_due(*container, now_ + *life);
    emit("unpause", container->shown);
    return Effect::changed;
}

Result<Effect> ModelDaemon::remove_container(const std::string& id) {
    StoredContainer* container = find_container(id);
    if (container == nullptr) return Effect::unchanged;
    if (is_running(container->shown)) {
        emit("kill", container->shown, {{"signal", "9"}});
        container->restart_cancelled = true;
        die(*container, 137);
    }
    set_due(*container, std::nullopt);
    emit("destroy", container->shown);
    const std::vector<Mount> mounts = container->shown.mounts;
    state_.container_ids.erase(container->shown.name);
    state_.containers.erase(std::string(container->shown.id));
    for (const Mount& mount : mounts) {
        const auto volume = state_.volumes.find(mount.source);
        if (mount.type != Mount::Type::volume || volume == state_.volumes.end()) continue;
        if (volume->second.anonymous) static_cast<void>(remove_volume(mount.source));
    }
    return Effect::changed;
}

Result<Effect> ModelDaemon::set_restart_policy(const std::string& id, RestartPolicy policy) {
    StoredContainer* container = find_container(id);
    if (container == nullptr) return no_such_container(id);
    if (container->shown.restart_policy == policy) return Effect::unchanged;
    container->shown.restart_policy = policy;
    emit("update", container->shown);
    return Effect::changed;
}

}  // namespace vectis::docker
