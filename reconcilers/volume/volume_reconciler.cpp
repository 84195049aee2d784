#include "reconcilers/volume/volume_reconciler.hpp"

#include "reconcilers/core/announce.hpp"
#include "reconcilers/core/finalizer.hpp"
#include "reconcilers/core/recreate.hpp"
#include "reconcilers/core/refused.hpp"
#include "reconcilers/core/status.hpp"
#include "resources/access.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <utility>

namespace vectis::reconcilers {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

using resources::text_at;

docker::Call call_of(const controller::ReconcileContext& context) {
    return {.deadline = seconds(30), .stop = context.stop, .node = "local"};
}

}  // namespace

VolumeReconciler::VolumeReconciler(Seams& seams, WorldCache& world)
    : seams_(seams), world_(world) {}

std::optional<docker::Volume> VolumeReconciler::inspect(
    const DesiredVolume& desired, const controller::ReconcileContext& context
) {
    std::optional<docker::Volume> volume =
        seams_.engine.inspect_volume(desired.name, call_of(context));
    if (volume) volume = marked(std::move(*volume));
    return volume;
}

std::optional<docker::Volume> VolumeReconciler::look(
    const DesiredVolume& desired, const controller::ReconcileContext& context
) {
    const std::shared_ptr<const World> world = world_.observe(context.stop);
    const auto known = world->volumes.find(desired.name);
    if (known != world->volumes.end()) return known->second;
    return inspect(desired, context);
}

controller::ReconcileResult VolumeReconciler::reconcile(
    const resources::ObjectKey& key, const controller::ReconcileContext& context
) {
    const std::optional<resources::Object> found = seams_.platform.get(key);
    if (!found) return {};
    const bool is_deleted = resources::is_being_deleted(*found);
    const resources::Object object =
        is_deleted ? *found : ensure_finalizer(seams_.platform, *found, engine_finalizer);
    DesiredVolume desired{
        .key = key,
        .name = engine_name(seams_.identity, key.name),
        .spec = resources::view<resources::VolumeSpec>(object.spec),
        .is_deleted = is_deleted
    };
    desired.recreate = text_at(object.metadata.annotations, recreate_annotation);
    desired.created_at = text_at(object.status, "mark");

    std::optional<docker::Volume> seen = look(desired, context);
    VolumePlan plan = plan_volume(desired, seen, seams_.identity);
    if (plan.verb != VolumeVerb::none) {
        seen = inspect(desired, context);
        plan = plan_volume(desired, seen, seams_.identity);
    }
    if (plan.is_gone) {
        drop_finalizer(seams_.platform, object, engine_finalizer);
        return {};
    }
    try {
        perform(object, desired, plan, context);
    } catch (const ActionRefused& refused) {
        boost::json::object status = object.status;
        const controller::Time since = note_refusal(status, seams_.clock.now());
        plan.is_stalled = has_lasted(since, seams_.clock.now());
        plan.reason = reason_word(refused);
        plan.message = refused.what();
        report(object, plan, seen, std::move(status));
        throw;
    }
    boost::json::object status = object.status;
    status.erase(refused_since);
    report(object, plan, seen, std::move(status));
    if (plan.verb == VolumeVerb::none) return {};
    world_.hear("");
    return {.again_after = milliseconds(0)};
}

void VolumeReconciler::perform(
    const resources::Object& object,
    const DesiredVolume& desired,
    const VolumePlan& plan,
    const controller::ReconcileContext& context
) {
    if (plan.verb == VolumeVerb::none) return;
    const std::string text =
        (plan.verb == VolumeVerb::create ? "create volume " : "remove volume ") + desired.name;
    announce(seams_.trace, desired.key, text, plan.cause);
    std::optional<docker::Refusal> refusal;
    if (plan.verb == VolumeVerb::create) {
        const auto created = seams_.engine.create_volume(
            {desired.name, labels_for_volume(seams_.identity, object, seams_.random.text(16))},
            call_of(context)
        );
        if (!created) refusal = created.error();
    } else {
        const auto removed = seams_.engine.remove_volume(desired.name, call_of(context));
        if (!removed) refusal = removed.error();
    }
    if (refusal) throw ActionRefused(text, *refusal);
    seams_.events.record(
        controller::EventType::normal, object, "Acted", text + ": " + plan.cause, context.id
    );
}

void VolumeReconciler::report(
    const resources::Object& object,
    const VolumePlan& plan,
    const std::optional<docker::Volume>& seen,
    boost::json::object status
) {
    if (plan.is_ready && seen) status["mark"] = seen->created_at;
    const std::string now = controller::format_time(seams_.clock.now());
    const StatusNote note{plan.reason, plan.message};
    if (plan.is_ready)
        set_ready(status, object, note, now);
    else if (plan.is_stalled)
        set_stalled(status, object, note, now);
    else
        set_reconciling(status, object, note, now);
    write_status_if_changed(seams_.platform, object, status);
}

}  // namespace vectis::reconcilers
