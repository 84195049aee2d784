#include "reconcilers/network/network_plan.hpp"

#include <algorithm>

namespace vectis::reconcilers {
namespace {

NetworkPlan plan_deletion(
    const DesiredNetwork& desired, const std::optional<docker::Network>& seen, bool is_ours
) {
    NetworkPlan plan;
    plan.reason = "Deleting";
    if (!seen || !is_ours) {
        plan.is_gone = true;
    } else if (!seen->containers.empty()) {
        plan.message = "waiting until no container is on it";
    } else {
        plan.actions.push_back({NetworkVerb::remove, desired.name, {}, "the Network is deleted"});
    }
    return plan;
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
    for (const auto& [id, name] : seen.containers) {
        if (std::find(own_containers.begin(), own_containers.end(), id) != own_containers.end())
            continue;
        plan.is_stalled = true;
        plan.reason = "NetworkInUse";
        plan.message =
            cause + " needs a new network, but " + name + ", which is not ours, is on it";
        return;
    }
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
        case NetworkVerb::remove:
            return "remove network " + action.target;
        case NetworkVerb::disconnect:
            break;
    }
    return "disconnect a container from network " + action.target;
}

NetworkPlan plan_network(
    const DesiredNetwork& desired,
    const std::optional<docker::Network>& seen,
    const Identity& identity,
    const std::vector<std::string>& own_containers
) {
    const bool is_ours = seen && stands_for(seen->labels, identity, desired.key);
    if (desired.is_deleted) return plan_deletion(desired, seen, is_ours);
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
