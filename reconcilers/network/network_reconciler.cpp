#include "reconcilers/network/network_reconciler.hpp"

#include "reconcilers/core/announce.hpp"
#include "reconcilers/core/finalizer.hpp"
#include "reconcilers/core/refused.hpp"
#include "reconcilers/core/status.hpp"
#include "resources/condition.hpp"

#include <optional>
#include <utility>

namespace vectis::reconcilers {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

docker::Call call_of(const controller::ReconcileContext& context) {
    return {.deadline = seconds(30), .stop = context.stop, .node = "local"};
}

std::vector<std::string> ids_on(const World& world, const std::string& network) {
    std::vector<std::string> out;
    for (const auto& [id, container] : world.containers) {
        if (container.networks.contains(network)) out.push_back(id);
    }
    return out;
}

}  // namespace

NetworkReconciler::NetworkReconciler(Seams& seams, WorldCache& world)
    : seams_(seams), world_(world) {}

/// What has the name: from the cache if it is ours, else asked for, since the cache holds ours
/// only.
std::optional<docker::Network> NetworkReconciler::look(
    const DesiredNetwork& desired, const controller::ReconcileContext& context
) {
    const std::shared_ptr<const World> world = world_.observe(context.stop);
    const auto known = world->networks.find(desired.name);
    if (known != world->networks.end() && !desired.is_deleted) return known->second;
    return seams_.engine.inspect_network(desired.name, call_of(context));
}

controller::ReconcileResult NetworkReconciler::reconcile(
    const resources::ObjectKey& key, const controller::ReconcileContext& context
) {
    const std::optional<resources::Object> found = seams_.platform.get(key);
    if (!found) return {};
    const bool is_deleted = resources::is_being_deleted(*found);
    const resources::Object object =
        is_deleted ? *found : ensure_finalizer(seams_.platform, *found, engine_finalizer);
    const DesiredNetwork desired{
        key,
        engine_name(seams_.identity, key.name),
        resources::view<resources::NetworkSpec>(object.spec),
        is_deleted
    };

    NetworkPlan plan = plan_network(
        desired,
        look(desired, context),
        seams_.identity,
        ids_on(*world_.observe(context.stop), desired.name)
    );
    if (!plan.actions.empty()) {
        const std::shared_ptr<const World> world = world_.refresh(context.stop);
        plan = plan_network(
            desired,
            seams_.engine.inspect_network(desired.name, call_of(context)),
            seams_.identity,
            ids_on(*world, desired.name)
        );
    }
    if (plan.actions.empty() && has_trial(desired, context)) {
        if (const auto refusal = remove(trial_name(desired.name), context))
            throw ActionRefused("remove network " + trial_name(desired.name), *refusal);
        world_.hear("");
    }
    if (plan.is_gone) {
        drop_finalizer(seams_.platform, object, engine_finalizer);
        return {};
    }
    boost::json::object status = object.status;
    const std::string now = controller::format_time(seams_.clock.now());
    try {
        for (const NetworkAction& action : plan.actions) perform(object, desired, action, context);
    } catch (const ActionRefused& refused) {
        world_.hear("");
        const StatusNote why{reason_word(refused), refused.what()};
        if (has_lasted(note_refusal(status, seams_.clock.now()), seams_.clock.now()))
            set_stalled(status, object, why, now);
        else
            set_reconciling(status, object, why, now);
        write_status_if_changed(seams_.platform, object, status);
        throw;
    }
    status.erase(refused_since);
    const StatusNote note{plan.reason, plan.message};
    if (plan.is_ready)
        set_ready(status, object, note, now);
    else if (plan.is_stalled)
        set_stalled(status, object, note, now);
    else
        set_reconciling(status, object, note, now);
    write_status_if_changed(seams_.platform, object, status);
    if (!plan.actions.empty()) {
        world_.hear("");
        return {.again_after = milliseconds(0)};
    }
    if (is_deleted) return {.again_after = seconds(1)};
    return {};
}

std::optional<docker::Refusal> NetworkReconciler::create(
    const resources::Object& object,
    const DesiredNetwork& desired,
    const std::string& name,
    const controller::ReconcileContext& context
) {
    const docker::NetworkSpec spec{
        name, desired.spec.internal, desired.spec.subnet, labels_for(seams_.identity, object)
    };
    const auto created = seams_.engine.create_network(spec, call_of(context));
    return created ? std::nullopt : std::optional(created.error());
}

/// One of ours; that there is none is fine.
std::optional<docker::Refusal> NetworkReconciler::remove(
    const std::string& name, const controller::ReconcileContext& context
) {
    const std::optional<docker::Network> seen =
        seams_.engine.inspect_network(name, call_of(context));
    if (!seen) return std::nullopt;
    const auto label = seen->labels.find(label::installation);
    if (label == seen->labels.end() || label->second != seams_.identity.installation)
        return docker::Refusal(
            docker::RefusalReason::conflict, "a network " + name + " exists that is not ours"
        );
    const auto removed = seams_.engine.remove_network(seen->id, call_of(context));
    return removed ? std::nullopt : std::optional(removed.error());
}

/// A controller that was lost between making and removing the trial left it behind.
bool NetworkReconciler::has_trial(
    const DesiredNetwork& desired, const controller::ReconcileContext& context
) {
    return world_.observe(context.stop)->networks.contains(trial_name(desired.name));
}

void NetworkReconciler::perform(
    const resources::Object& object,
    const DesiredNetwork& desired,
    const NetworkAction& action,
    const controller::ReconcileContext& context
) {
    const std::string text = to_text(action);
    announce(seams_.trace, desired.key, text, action.cause);
    std::optional<docker::Refusal> refusal;
    switch (action.verb) {
        case NetworkVerb::create:
            // A trial whose answer was lost may have come to be, and it has this subnet.
            refusal = remove(trial_name(action.target), context);
            if (!refusal) refusal = create(object, desired, action.target, context);
            if (!refusal &&
                resources::is_true_for(object.status, "Ready", object.metadata.generation))
                count_drift(seams_, "Network", "missing");
            break;
        case NetworkVerb::rehearse:
            refusal = remove(trial_name(action.target), context);
            if (!refusal) refusal = create(object, desired, trial_name(action.target), context);
            if (!refusal) refusal = remove(trial_name(action.target), context);
            break;
        case NetworkVerb::disconnect:
            if (const auto left = seams_.engine.disconnect_network(
                    action.target, action.container, call_of(context)
                );
                !left)
                refusal = left.error();
            break;
        case NetworkVerb::remove:
            refusal = remove(action.target, context);
            break;
    }
    if (refusal) throw ActionRefused(text, *refusal);
    seams_.events.record(
        controller::EventType::normal, object, "Acted", text + ": " + action.cause, context.id
    );
}

}  // namespace vectis::reconcilers
