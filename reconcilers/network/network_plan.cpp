#include "reconcilers/network/network_plan.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace vectis::reconcilers {
namespace {

/// "container x" or "containers x, y"; empty if there are only ours.
std::string strangers_on(
    const docker::Network& seen, const std::vector<std::string>& own_containers
) {
    std::string names;
    int count = 0;
    for (const auto& [id, name] : seen.containers) {
        if (std::find(own_containers.begin(), own_containers.end(), id) != own_containers.end())
            continue;
        names += (count++ == 0 ? "" : ", ") + name;
    }
    if (count == 0) return {};
    return count == 1 ? "container " + names + " is" : "containers " + names + " are";
}

NetworkPlan plan_deletion(
    const DesiredNetwork& desired,
    const std::optional<docker::Network>& seen,
    bool is_ours,
    const std::vector<std::string>& own_containers
) {
    NetworkPlan plan;
    plan.reason = "Deleting";
    if (!seen || !is_ours) {
        plan.is_gone = true;
    } else if (const std::string strangers = strangers_on(*seen, own_containers);
               !strangers.empty()) {
        plan.is_stalled = true;
        plan.reason = "NetworkInUse";
        plan.message = strangers + " of somebody else on it; disconnect it";
    } else if (!seen->containers.empty()) {
        plan.message = "waiting until no container is on it";
    } else {
        plan.actions.push_back({NetworkVerb::remove, desired.name, {}, "the Network is deleted"});
    }
    return plan;
}

struct Range {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
};

/// IPv4, "a.b.c.d/n"; nothing if it is no such text.
std::optional<Range> range_of(const std::string& subnet) {
    std::uint32_t address = 0;
    const char* place = subnet.data();
    const char* const end = place + subnet.size();
    const auto number = [&](char before, unsigned most) -> std::optional<std::uint32_t> {
        if (before != 0) {
            if (place == end || *place != before) return std::nullopt;
            ++place;
        }
        std::uint32_t value = 0;
        const auto [next, error] = std::from_chars(place, end, value);
        if (error != std::errc{} || value > most) return std::nullopt;
        place = next;
        return value;
    };
    for (int i = 0; i < 4; ++i) {
        const std::optional<std::uint32_t> part = number(i == 0 ? '\0' : '.', 255);
        if (!part) return std::nullopt;
        address = address << 8U | *part;
    }
    const std::optional<std::uint32_t> length = number('/', 32);
    if (!length) return std::nullopt;
    const std::uint32_t hosts = *length == 0 ? ~0U : (1U << (32 - *length)) - 1;
    return Range{address & ~hosts, address | hosts};
}

/// A subnet that shares addresses with the one that we give up cannot be tried before.
bool do_overlap(const std::string& left, const std::string& right) {
    const std::optional<Range> a = range_of(left);
    const std::optional<Range> b = range_of(right);
    return !a || !b || (a->first <= b->last && b->first <= a->last);
}

std::string difference(const DesiredNetwork& desired, const docker::Network& seen) {
    if (seen.internal != desired.spec.internal)
        return desired.spec.internal ? "internal: false → true" : "internal: true → false";
    if (!desired.spec.subnet.empty() && seen.subnet != desired.spec.subnet)
        return "subnet: " + seen.subnet + " → " + desired.spec.subnet;
    return {};
}

/// A network cannot be changed: ours leave it, it goes, it is made anew, and the Workloads come
/// back to it.
void plan_replacement(
    NetworkPlan& plan,
    const DesiredNetwork& desired,
    const docker::Network& seen,
    const std::vector<std::string>& own_containers,
    const std::string& cause
) {
    if (const std::string strangers = strangers_on(seen, own_containers); !strangers.empty()) {
        plan.is_stalled = true;
        plan.reason = "NetworkInUse";
        plan.message = cause + " needs a new network, but " + strangers + " on it and not ours";
        return;
    }
    if (!desired.spec.subnet.empty() && !do_overlap(desired.spec.subnet, seen.subnet))
        plan.actions.push_back({NetworkVerb::rehearse, desired.name, {}, cause});
    for (const auto& [id, name] : seen.containers)
        plan.actions.push_back({NetworkVerb::disconnect, desired.name, id, cause});
    plan.actions.push_back({NetworkVerb::remove, desired.name, {}, cause});
    plan.actions.push_back({NetworkVerb::create, desired.name, {}, cause});
    plan.reason = "Replacing";
    plan.message = cause;
}

}  // namespace

std::string to_text(const NetworkAction& action) {
    switch (action.verb) {
        case NetworkVerb::create:
            return "create network " + action.target;
        case NetworkVerb::rehearse:
            return "try the subnet of network " + action.target;
        case NetworkVerb::remove:
            return "remove network " + action.target;
        case NetworkVerb::disconnect:
            break;
    }
    return "disconnect a container from network " + action.target;
}

std::string trial_name(const std::string& network) {
    return network + "-trial";
}

NetworkPlan plan_network(
    const DesiredNetwork& desired,
    const std::optional<docker::Network>& seen,
    const Identity& identity,
    const std::vector<std::string>& own_containers
) {
    const bool is_ours = seen && stands_for(seen->labels, identity, desired.key);
    if (desired.is_deleted) return plan_deletion(desired, seen, is_ours, own_containers);
    NetworkPlan plan;
    if (!seen) {
        plan.actions.push_back({NetworkVerb::create, desired.name, {}, "it is not there"});
        plan.reason = "Creating";
        plan.message = "network " + desired.name + " is being made";
        return plan;
    }
    if (!is_ours) {
        plan.is_stalled = true;
        plan.reason = "NameConflict";
        plan.message = "a network " + desired.name +
                       " exists that is not ours; remove it or choose another VECTIS_PROJECT";
        return plan;
    }
    if (const std::string cause = difference(desired, *seen); !cause.empty()) {
        plan_replacement(plan, desired, *seen, own_containers, cause);
        return plan;
    }
    plan.is_ready = true;
    plan.reason = "Exists";
    plan.message = "network " + desired.name + " is as declared";
    return plan;
}

}  // namespace vectis::reconcilers
