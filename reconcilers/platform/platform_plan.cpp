#include "reconcilers/platform/platform_plan.hpp"

#include "resources/condition.hpp"
#include "resources/diff.hpp"

#include <algorithm>
#include <map>
#include <ranges>
#include <set>
#include <utility>

namespace vectis::reconcilers {
namespace {

using resources::Object;
using resources::ObjectKey;

enum class Health { ready, waiting, stalled };

Health health_of(const Object& child) {
    if (resources::is_true_for(child.status, "Ready", child.metadata.generation))
        return Health::ready;
    if (resources::is_true_for(child.status, "Stalled", child.metadata.generation))
        return Health::stalled;
    return Health::waiting;
}

std::string message_of(const Object& child) {
    for (const resources::Condition& condition : resources::conditions_of(child.status)) {
        if (condition.type == "Ready" && !condition.message.empty()) return condition.message;
    }
    return "not looked at yet";
}

std::string cause_of(const Object& before, const Object& after) {
    const std::vector<resources::FieldChange> changes = resources::diff(before.spec, after.spec);
    return changes.empty() ? "its owner changed" : resources::to_text(changes);
}

bool differs(const Object& stored, const Object& wanted) {
    return stored.spec != wanted.spec ||
           stored.metadata.owner_references != wanted.metadata.owner_references ||
           std::ranges::any_of(wanted.metadata.annotations, [&](const auto& annotation) {
               const boost::json::value* value =
                   stored.metadata.annotations.if_contains(annotation.key());
               return value == nullptr || *value != annotation.value();
           });
}

/// The stored child with what the wave wants of it.
Object merged(const Object& stored, const Object& wanted) {
    Object out = stored;
    out.spec = wanted.spec;
    out.metadata.owner_references = wanted.metadata.owner_references;
    for (const auto& [name, value] : wanted.metadata.annotations)
        out.metadata.annotations[name] = value;
    return out;
}

/// Writes what differs in one wave; true if anything does.
bool write_wave(PlatformPlan& plan, const Wave& wave, const Children& children) {
    const std::size_t before = plan.actions.size();
    for (const Object& wanted : wave.objects) {
        const auto stored = children.find(resources::key_of(wanted));
        if (stored == children.end()) {
            plan.actions.push_back({ChildVerb::create, wanted, "it is not there"});
            continue;
        }
        if (resources::is_being_deleted(stored->second)) continue;  // made again once it is gone
        if (!differs(stored->second, wanted)) continue;
        Object next = merged(stored->second, wanted);
        std::string cause = cause_of(stored->second, next);
        plan.actions.push_back({ChildVerb::update, std::move(next), std::move(cause)});
    }
    return plan.actions.size() > before;
}

struct WaveHealth {
    Health worst = Health::ready;
    std::string message{};
};

/// What was declared when all last were Ready.
using Stable = std::map<ObjectKey, const boost::json::object*>;

Stable stable_of(const RolloutProgress& progress) {
    Stable out;
    for (const Object& child : progress.stable_children)
        out[resources::key_of(child)] = &child.spec;
    return out;
}

struct PartedHealth {
    WaveHealth all{};
    /// Of what this rollout changes: a component that it leaves alone may be ill for reasons of its
    /// own, and neither condemns the change nor holds it up.
    WaveHealth changed{};
};

void add_health(WaveHealth& sum, Health health, const std::string& message) {
    if (health > sum.worst) sum = {health, message};
}

PartedHealth health_of(const Wave& wave, const Children& children, const Stable& stable) {
    PartedHealth out;
    for (const Object& wanted : wave.objects) {
        const ObjectKey key = resources::key_of(wanted);
        const auto stored = children.find(key);
        const Health health =
            stored == children.end() ? Health::waiting : health_of(stored->second);
        if (health == Health::ready) continue;
        const std::string message =
            resources::to_text(key) + ": " +
            (stored == children.end() ? "not made yet" : message_of(stored->second));
        add_health(out.all, health, message);
        const auto before = stable.find(key);
        if (before == stable.end() || *before->second != wanted.spec)
            add_health(out.changed, health, message);
    }
    return out;
}

/// What holds data or keys is never taken away by a rollback.
bool is_kept(const ObjectKey& key) {
    return key.kind == "Volume" || key.kind == "Secret";
}

/// Back to what was declared when all were Ready, last wave first; what the failed change brought
/// goes.
void add_reverts(
    PlatformPlan& plan,
    const RolloutProgress& progress,
    const Children& children,
    const std::string& cause
) {
    const std::vector<Object>& stable = progress.stable_children;
    if (stable.empty()) return;
    std::set<ObjectKey> kept;
    for (const Object& object : stable) kept.insert(resources::key_of(object));
    for (const auto& [key, child] : children) {
        if (!kept.contains(key) && !is_kept(key) && !resources::is_being_deleted(child))
            plan.actions.push_back({ChildVerb::remove, child, cause});
    }
    for (const Object& object : stable | std::views::reverse) {
        const auto stored = children.find(resources::key_of(object));
        if (stored == children.end()) {
            plan.actions.push_back({ChildVerb::create, object, cause});
        } else if (stored->second.spec != object.spec &&
                   !resources::is_being_deleted(stored->second)) {
            Object back = stored->second;
            back.spec = object.spec;
            plan.actions.push_back({ChildVerb::revert, back, cause});
        }
    }
}

void add_orphans(PlatformPlan& plan, const std::vector<Wave>& waves, const Children& children) {
    std::set<ObjectKey> wanted;
    for (const Wave& wave : waves) {
        for (const Object& object : wave.objects) wanted.insert(resources::key_of(object));
    }
    for (const auto& [key, child] : children) {
        if (!wanted.contains(key) && !resources::is_being_deleted(child))
            plan.actions.push_back({ChildVerb::remove, child, "the platform no longer has it"});
    }
}

PlatformPlan plan_deletion(const std::vector<Wave>& waves, const Children& children) {
    PlatformPlan plan;
    plan.reason = "Deleting";
    if (children.empty()) {
        plan.is_gone = true;
        return plan;
    }
    add_orphans(plan, waves, children);
    for (const Wave& wave : waves | std::views::reverse) {
        bool has_any = false;
        for (const Object& wanted : wave.objects) {
            const auto stored = children.find(resources::key_of(wanted));
            if (stored == children.end()) continue;
            has_any = true;
            if (!resources::is_being_deleted(stored->second))
                plan.actions.push_back(
                    {ChildVerb::remove, stored->second, "the Platform is deleted"}
                );
        }
        if (has_any) {
            plan.message = "removing " + wave.name;
            return plan;
        }
    }
    plan.message = "removing what is left";
    return plan;
}

void fail_rollout(
    PlatformPlan& plan,
    const RolloutProgress& progress,
    const Children& children,
    const std::string& why
) {
    plan.actions.clear();
    plan.actions.push_back({ChildVerb::quarantine, {}, why});
    add_reverts(plan, progress, children, "the rollout failed: " + why);
    plan.phase = PlatformPhase::stalled;
    plan.reason = "RolloutFailed";
    plan.message = "taken back: " + why;
}

PlatformPlan plan_quarantined(const Children& children, const RolloutProgress& progress) {
    PlatformPlan plan;
    add_reverts(plan, progress, children, "the rollout failed: " + progress.failure);
    plan.phase = PlatformPhase::stalled;
    plan.reason = "RolloutFailed";
    plan.message = "taken back: " + progress.failure +
                   "; change the Platform, or declare it again to try once more";
    return plan;
}

void wait_for(PlatformPlan& plan, const WaveHealth& health) {
    plan.phase =
        health.worst == Health::stalled ? PlatformPhase::stalled : PlatformPhase::progressing;
    plan.reason = health.worst == Health::stalled ? "ComponentStalled" : "WaitingForComponent";
    plan.message = health.message;
}

}  // namespace

std::string to_text(const ChildAction& action) {
    const std::string name = resources::to_text(resources::key_of(action.child));
    switch (action.verb) {
        case ChildVerb::create:
            return "declare " + name;
        case ChildVerb::update:
            return "change " + name;
        case ChildVerb::revert:
            return "take back " + name;
        case ChildVerb::remove:
            return "delete " + name;
        case ChildVerb::quarantine:
            return "quarantine the rollout";
        case ChildVerb::record_stable:
            return "record the platform as stable";
    }
    return name;
}

PlatformPlan plan_platform(
    const Object& platform,
    const Expansion& wanted,
    const Children& children,
    const RolloutProgress& progress
) {
    if (resources::is_being_deleted(platform)) return plan_deletion(wanted.waves, children);
    const std::vector<Wave>& waves = wanted.waves;
    const bool is_first = progress.stable.empty();
    if (wanted.hash == progress.quarantined && !is_first)
        return plan_quarantined(children, progress);

    PlatformPlan plan;
    WaveHealth worst;
    const Stable stable = stable_of(progress);
    for (const Wave& wave : waves) {
        const bool is_written = write_wave(plan, wave, children);
        const PartedHealth health = health_of(wave, children, stable);
        if (is_written)
            add_health(worst, Health::waiting, "wave " + wave.name + " is being changed");
        else
            add_health(worst, health.all.worst, health.all.message);
        if (is_first) continue;
        if (is_written) break;  // as they are now nobody wants them
        if (health.changed.worst == Health::stalled && wanted.hash != progress.stable) {
            fail_rollout(plan, progress, children, health.changed.message);
            return plan;
        }
        if (health.changed.worst != Health::ready) break;
    }
    if (worst.worst != Health::ready) {
        wait_for(plan, worst);
        return plan;
    }
    add_orphans(plan, waves, children);
    if (wanted.hash != progress.stable)
        plan.actions.push_back({ChildVerb::record_stable, {}, "every component is ready"});
    plan.phase = PlatformPhase::ready;
    plan.reason = "AllComponentsReady";
    plan.message = "every component serves";
    return plan;
}

}  // namespace vectis::reconcilers
