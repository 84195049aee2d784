#include "reconcilers/platform/platform_reconciler.hpp"

#include "controller/apply.hpp"
#include "reconcilers/core/announce.hpp"
#include "reconcilers/core/finalizer.hpp"
#include "reconcilers/core/status.hpp"
#include "resources/access.hpp"
#include "resources/condition.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <stdexcept>
#include <utility>

namespace vectis::reconcilers {
namespace json = boost::json;
namespace {

using resources::Object;

using resources::text_at;

/// Somebody asked for another try: what failed counts no more.
void begin_attempt(RolloutProgress& progress, const Object& platform) {
    const std::string attempt = controller::attempt_of(platform);
    if (progress.attempt == attempt) return;
    progress.attempt = attempt;
    progress.quarantined.clear();
    progress.failure.clear();
}

json::array to_json(const std::vector<Object>& children) {
    json::array out;
    for (const Object& child : children) {
        out.push_back(json::object{
            {"apiVersion", child.api_version},
            {"kind", child.kind},
            {"name", child.metadata.name},
            {"namespace", child.metadata.ns},
            {"spec", child.spec}
        });
    }
    return out;
}

std::vector<Object> children_from(const json::object& rollout, const Object& platform) {
    std::vector<Object> out;
    const json::value* stored = rollout.if_contains("stableChildren");
    if (stored == nullptr || !stored->is_array()) return out;
    for (const json::value& value : stored->as_array()) {
        const json::object* entry = value.if_object();
        const json::value* spec = entry == nullptr ? nullptr : entry->if_contains("spec");
        if (spec == nullptr || !spec->is_object()) continue;
        Object child{.api_version = text_at(*entry, "apiVersion"), .kind = text_at(*entry, "kind")};
        child.metadata.name = text_at(*entry, "name");
        child.metadata.ns = text_at(*entry, "namespace");
        child.metadata.owner_references = {
            {platform.kind, platform.metadata.name, platform.metadata.uid}
        };
        child.spec = spec->as_object();
        out.push_back(std::move(child));
    }
    return out;
}

std::vector<Object> objects_of(const std::vector<Wave>& waves) {
    std::vector<Object> out;
    for (const Wave& wave : waves) out.insert(out.end(), wave.objects.begin(), wave.objects.end());
    return out;
}

RolloutProgress progress_of(const Object& platform) {
    const json::value* stored = platform.status.if_contains("rollout");
    if (stored == nullptr || !stored->is_object()) return {};
    const json::object& in = stored->as_object();
    return {
        text_at(in, "stable"),
        children_from(in, platform),
        text_at(in, "quarantined"),
        text_at(in, "attempt"),
        text_at(in, "failure")
    };
}

bool is_owned_by(const Object& child, const Object& platform) {
    for (const resources::OwnerReference& owner : child.metadata.owner_references) {
        if (owner.kind == platform.kind && owner.name == platform.metadata.name &&
            owner.uid == platform.metadata.uid)
            return true;
    }
    return false;
}

/// The store said no to a child: somebody else has its name.
class ChildRefused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

PlatformPlan stalled(const std::string& reason, const std::string& message) {
    PlatformPlan plan;
    plan.phase = PlatformPhase::stalled;
    plan.reason = reason;
    plan.message = message;
    return plan;
}

json::array components_of(const Children& children) {
    json::array out;
    for (const auto& [key, child] : children) {
        if (key.kind != "Workload") continue;
        const bool is_ready =
            resources::is_true_for(child.status, "Ready", child.metadata.generation);
        out.push_back(json::object{{"name", key.name}, {"ready", is_ready}});
    }
    return out;
}

}  // namespace

PlatformReconciler::PlatformReconciler(Seams& seams) : seams_(seams) {}

controller::ReconcileResult PlatformReconciler::reconcile(
    const resources::ObjectKey& key, const controller::ReconcileContext& context
) {
    std::optional<Object> found = seams_.platform.get(key);
    if (!found) return {};
    Object platform = std::move(*found);
    if (!resources::is_being_deleted(platform))
        platform = ensure_finalizer(seams_.platform, platform, children_finalizer);
    const Children children = children_of(platform);
    try {
        return converge(platform, children, context);
    } catch (const ManifestError& error) {
        report(platform, stalled("ManifestInvalid", error.what()), children);
        throw;
    } catch (const ChildRefused& refused) {
        report(platform, stalled("NameConflict", refused.what()), children);
        throw;
    }
}

controller::ReconcileResult PlatformReconciler::converge(
    Object& platform, const Children& children, const controller::ReconcileContext& context
) {
    const std::shared_ptr<const Expansion> wanted = expansion_of(platform);
    RolloutProgress progress = progress_of(platform);
    begin_attempt(progress, platform);
    const PlatformPlan plan = plan_platform(platform, *wanted, children, progress);
    std::string refused;
    for (const ChildAction& action : plan.actions) {
        const std::string why = perform(platform, action, *wanted, progress);
        if (refused.empty()) refused = why;
        if (action.verb == ChildVerb::quarantine)
            seams_.events.record(
                controller::EventType::warning, platform, "RolloutFailed", action.cause, context.id
            );
    }
    if (!refused.empty()) throw ChildRefused(refused);
    if (plan.is_gone) {
        drop_finalizer(seams_.platform, platform, children_finalizer);
        const std::scoped_lock lock(mutex_);
        remembered_.erase(platform.metadata.uid);
        return {};
    }
    report(platform, plan, children);
    return {};
}

/// Rendering and reading the templates costs milliseconds, and nearly every look wants the same.
std::shared_ptr<const Expansion> PlatformReconciler::expansion_of(const Object& platform) {
    const std::scoped_lock lock(mutex_);
    Remembered& last = remembered_[platform.metadata.uid];
    if (!last.expansion || last.spec != platform.spec) {
        try {
            last.expansion = std::make_shared<const Expansion>(expand(platform, seams_.manifests));
        } catch (const ManifestError&) {
            // What cannot be expanded any more can still be taken down, all at once.
            if (!resources::is_being_deleted(platform)) throw;
            return std::make_shared<const Expansion>();
        }
        last.spec = platform.spec;
    }
    return last.expansion;
}

Children PlatformReconciler::children_of(const Object& platform) {
    Children children;
    for (Object& object : seams_.platform.list({}).items) {
        if (is_owned_by(object, platform)) children[resources::key_of(object)] = std::move(object);
    }
    return children;
}

/// Why the store refused it; empty if it did not.
std::string PlatformReconciler::perform(
    Object& platform, const ChildAction& action, const Expansion& wanted, RolloutProgress& progress
) {
    announce(seams_.trace, resources::key_of(platform), to_text(action), action.cause);
    switch (action.verb) {
        case ChildVerb::quarantine:
            progress.quarantined = wanted.hash;
            progress.failure = action.cause;
            count_rollback(seams_, platform.kind);
            save(platform, progress);
            return {};
        case ChildVerb::record_stable:
            progress.stable = wanted.hash;
            progress.stable_children = objects_of(wanted.waves);
            progress.quarantined.clear();
            progress.failure.clear();
            save(platform, progress);
            return {};
        case ChildVerb::create:
        case ChildVerb::update:
        case ChildVerb::revert:
        case ChildVerb::remove:
            return write_child(action);
    }
    return {};
}

std::string PlatformReconciler::write_child(const ChildAction& action) {
    const resources::ObjectKey key = resources::key_of(action.child);
    controller::StoreResult<Object> written = Object{};
    if (action.verb == ChildVerb::create)
        written = seams_.platform.create(action.child);
    else if (action.verb == ChildVerb::remove)
        written = seams_.platform.remove(key, {.uid = action.child.metadata.uid});
    else
        written = seams_.platform.update(action.child);
    if (written) return {};
    const controller::StoreReason reason = written.error().reason();
    if (action.verb == ChildVerb::remove && reason == controller::StoreReason::not_found) return {};
    if (reason == controller::StoreReason::conflict)
        return {};  // somebody wrote it meanwhile, and that brings us back
    return to_text(action) + ": " + written.error().message();
}

void PlatformReconciler::save(Object& platform, const RolloutProgress& progress) {
    Object wanted = platform;
    wanted.metadata.resource_version.clear();
    wanted.status["rollout"] = json::object{
        {"stable", progress.stable},
        {"stableChildren", to_json(progress.stable_children)},
        {"quarantined", progress.quarantined},
        {"attempt", progress.attempt},
        {"failure", progress.failure}
    };
    const controller::StoreResult<Object> saved = seams_.platform.update_status(wanted);
    if (!saved)
        throw controller::StoreError(
            "save rollout of " + platform.metadata.name + ": " + saved.error().message()
        );
    platform.status = saved->status;
}

void PlatformReconciler::report(
    const Object& platform, const PlatformPlan& plan, const Children& children
) {
    json::object status = platform.status;
    status["components"] = components_of(children);
    const std::string now = controller::format_time(seams_.clock.now());
    const StatusNote note{plan.reason, plan.message};
    if (plan.phase == PlatformPhase::ready)
        set_ready(status, platform, note, now);
    else if (plan.phase == PlatformPhase::stalled)
        set_stalled(status, platform, note, now);
    else
        set_reconciling(status, platform, note, now);
    write_status_if_changed(seams_.platform, platform, status);
}

}  // namespace vectis::reconcilers
