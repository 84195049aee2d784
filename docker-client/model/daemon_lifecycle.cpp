#include "docker-client/model/model_daemon.hpp"
#include "docker-client/model/model_text.hpp"

#include <algorithm>
#include <charconv>

namespace vectis::docker {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds backoff_min{100};
constexpr milliseconds backoff_max{60'000};
/// A program that ran this long starts with the shortest back-off again.
constexpr std::chrono::seconds stable_run{10};

bool same_address(const std::string& a, const std::string& b) {
    const auto any = [](const std::string& address) {
        return address.empty() || address == "0.0.0.0";
    };
    return any(a) || any(b) || a == b;
}

}  // namespace

bool is_modern(const std::string& api_version) {
    int minor = 0;
    const std::size_t dot = std::min(api_version.find('.'), api_version.size() - 1);
    std::from_chars(api_version.data() + dot + 1, api_version.data() + api_version.size(), minor);
    return minor >= 44;
}

ModelDaemon::ModelDaemon(const ModelOptions& options)
    : first_free_port_(options.first_free_port), modern_(is_modern(options.api_version)) {
    for (const char* name : {"bridge", "host", "none"}) {
        Network network{
            .id = new_id(), .name = name, .driver = name == std::string("none") ? "null" : name
        };
        if (network.driver == "bridge") {
            network.subnet = "172.17.0.0/16";
            network.gateway = "172.17.0.1";
        }
        state_.networks.emplace(name, StoredNetwork{.network = std::move(network)});
    }
}

void ModelDaemon::advance(Time now) {
    while (!state_.timers.empty() && state_.timers.begin()->first <= now) {
        const auto [due, id] = *state_.timers.begin();
        now_ = std::max(now_, due);
        StoredContainer& container = state_.containers.at(id);
        set_due(container, std::nullopt);
        if (container.shown.state == ContainerState::restarting) {
            if (run(container)) container.shown.state = ContainerState::exited;
        } else {
            end_program(container, behaviour_of(container.shown).exit_code);
        }
    }
    now_ = std::max(now_, now);
}

std::optional<Time> ModelDaemon::next_change() const {
    if (state_.timers.empty()) return std::nullopt;
    return state_.timers.begin()->first;
}

std::vector<Event> ModelDaemon::take_events() {
    return std::exchange(emitted_, {});
}

std::string ModelDaemon::new_id() {
    return spread_id(++state_.ids_given);
}

/// Times of events never repeat, so that the time of the last one seen is a cursor.
void ModelDaemon::emit(std::string type, std::string action, std::string id, Labels attributes) {
    last_event_ = std::max(now_, last_event_ + std::chrono::nanoseconds(1));
    emitted_.push_back(
        {.type = std::move(type),
         .action = std::move(action),
         .id = std::move(id),
         .attributes = std::move(attributes),
         .time = last_event_}
    );
}

void ModelDaemon::emit(std::string action, const Container& container, Labels extra) {
    extra.insert(container.labels.begin(), container.labels.end());
    extra["image"] = container.image;
    extra["name"] = container.name;
    emit("container", std::move(action), container.id, std::move(extra));
}

void ModelDaemon::set_due(StoredContainer& container, std::optional<Time> due) {
    if (container.due) state_.timers.erase({*container.due, container.shown.id});
    container.due = due;
    if (due) state_.timers.insert({*due, container.shown.id});
}

const Behaviour& ModelDaemon::behaviour_of(const Container& container) const {
    static const Behaviour ordinary;
    for (const std::string& key : {container.image_id, container.image}) {
        const auto found = state_.behaviours.find(key);
        if (found != state_.behaviours.end()) return found->second;
    }
    return ordinary;
}

/// What every start does, by a verb or by a restart policy. A refusal leaves the state as it was,
/// with its reason.
std::optional<Refusal> ModelDaemon::run(StoredContainer& container) {
    Container& shown = container.shown;
    std::optional<Refusal> refusal = attach_networks(container);
    if (!refusal) refusal = publish_ports(container);
    if (refusal) {
        detach_all(container);
        shown.exit_code = 128;
        shown.error = refusal->message();
        return refusal;
    }
    for (const Mount& mount : shown.mounts) {
        if (mount.type == Mount::Type::volume)
            emit("volume", "mount", mount.source, {{"container", shown.id}});
    }
    shown.state = ContainerState::running;
    shown.exit_code = 0;
    shown.error.clear();
    shown.oom_killed = false;
    shown.started_at = now_;
    container.started_before = true;
    if (const auto life = behaviour_of(shown).exits_after) set_due(container, now_ + *life);
    emit("start", shown);
    return std::nullopt;
}

bool ModelDaemon::port_is_taken(const PortBinding& port, const std::string& except_id) const {
    if (state_.foreign_ports.contains(port.host_port)) return true;
    for (const auto& [id, other] : state_.containers) {
        const ContainerState state = other.shown.state;
        const bool runs = state == ContainerState::running || state == ContainerState::paused;
        if (id == except_id || !runs) continue;
        for (const PortBinding& used : other.shown.ports) {
            if (used.host_port == port.host_port &&
                same_address(used.host_address, port.host_address)) {
                return true;
            }
        }
    }
    return false;
}

/// On internal networks alone nothing is published, silently.
bool ModelDaemon::can_publish(const Container& shown) const {
    return std::any_of(shown.networks.begin(), shown.networks.end(), [&](const auto& entry) {
        const StoredNetwork* network = find_network(entry.first);
        return network != nullptr && !network->network.internal &&
               network->network.driver == "bridge";
    });
}

std::optional<Refusal> ModelDaemon::publish_ports(StoredContainer& container) {
    Container& shown = container.shown;
    shown.ports = can_publish(shown) ? container.asked_ports : std::vector<PortBinding>{};
    for (PortBinding& port : shown.ports) {
        if (port.host_port == 0) {
            if (state_.next_port < first_free_port_) state_.next_port = first_free_port_;
            do {
                port.host_port = state_.next_port++;
            } while (port_is_taken(port, shown.id));
            continue;
        }
        if (!port_is_taken(port, shown.id)) continue;
        const std::string address = port.host_address.empty() ? "0.0.0.0" : port.host_address;
        return Refusal(
            RefusalReason::port_in_use,
            "driver failed programming external connectivity on endpoint " + shown.name +
                ": Bind for " + address + ":" + std::to_string(port.host_port) +
                (state_.foreign_ports.contains(port.host_port)
                     ? " failed: address already in use"
                     : " failed: port is already allocated")
        );
    }
    return std::nullopt;
}

void ModelDaemon::detach_all(StoredContainer& container) {
    Container& shown = container.shown;
    for (auto& [name, endpoint] : shown.networks) {
        if (endpoint.address.empty()) continue;
        endpoint.address.clear();
        endpoint.gateway.clear();
        emit(
            "network", "disconnect", endpoint.network_id, {{"container", shown.id}, {"name", name}}
        );
    }
    shown.ports.clear();
}

void ModelDaemon::die(StoredContainer& container, std::int64_t exit_code) {
    Container& shown = container.shown;
    set_due(container, std::nullopt);
    shown.state = ContainerState::exited;
    shown.exit_code = exit_code;
    shown.finished_at = now_;
    emit("die", shown, {{"exitCode", std::to_string(exit_code)}});
    detach_all(container);
    for (const Mount& mount : shown.mounts) {
        if (mount.type != Mount::Type::volume) continue;
        emit("volume", "unmount", mount.source, {{"container", shown.id}});
    }
}

bool ModelDaemon::restarts(const StoredContainer& container) const {
    switch (container.shown.restart_policy) {
        case RestartPolicy::always:
            return true;
        case RestartPolicy::unless_stopped:
            return !container.manually_stopped;
        case RestartPolicy::on_failure:
            return container.shown.exit_code != 0;
        case RestartPolicy::no:
            break;
    }
    return false;
}

/// The program ended by itself. A restart shows as die and start, never as "restart".
void ModelDaemon::end_program(StoredContainer& container, std::int64_t exit_code) {
    const bool was_stable = now_ - container.shown.started_at >= stable_run;
    die(container, exit_code);
    if (container.restart_cancelled || !restarts(container)) return;
    const bool first = was_stable || container.backoff == milliseconds(0);
    container.backoff = first ? backoff_min : std::min(container.backoff * 2, backoff_max);
    ++container.shown.restart_count;
    container.shown.state = ContainerState::restarting;
    set_due(container, now_ + container.backoff);
}

bool ModelDaemon::crash(const std::string& id, std::int64_t exit_code) {
    StoredContainer* container = find_container(id);
    if (container == nullptr || container->shown.state != ContainerState::running) return false;
    end_program(*container, exit_code);
    return true;
}

void ModelDaemon::restart() {
    std::vector<std::string> again;
    for (const auto& [name, id] : state_.container_ids) {
        StoredContainer& container = state_.containers.at(id);
        const ContainerState state = container.shown.state;
        if (state == ContainerState::running || state == ContainerState::paused)
            die(container, 137);
        if (state == ContainerState::restarting) {
            set_due(container, std::nullopt);
            container.shown.state = ContainerState::exited;
        }
        if (container.started_before && restarts(container)) again.push_back(id);
    }
    // Nobody listens while the daemon is down.
    emitted_.clear();
    for (const std::string& id : again) {
        StoredContainer& container = state_.containers.at(id);
        container.restart_cancelled = false;
        container.manually_stopped = false;
        container.backoff = milliseconds(0);
        static_cast<void>(run(container));
    }
}

bool ModelDaemon::is_serving(const std::string& id) const {
    const StoredContainer* container = find_container(id);
    if (container == nullptr || container->shown.state != ContainerState::running) return false;
    const Container& shown = container->shown;
    const Behaviour& behaviour = behaviour_of(shown);
    if (behaviour.never_ready || now_ < shown.started_at + behaviour.start_delay) return false;
    if (shown.networks.empty()) return false;
    return std::all_of(shown.networks.begin(), shown.networks.end(), [&](const auto& entry) {
        const StoredNetwork* network = find_network(entry.first);
        return network != nullptr && network->network.id == entry.second.network_id;
    });
}

}  // namespace vectis::docker
