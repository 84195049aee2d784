#include "reconcilers/volume/volume_plan.hpp"

#include "reconcilers/core/recreate.hpp"

namespace vectis::reconcilers {
namespace {

VolumePlan stalled(const std::string& reason, const std::string& message) {
    VolumePlan plan;
    plan.is_stalled = true;
    plan.reason = reason;
    plan.message = message;
    return plan;
}

}  // namespace

VolumePlan plan_volume(
    const DesiredVolume& desired,
    const std::optional<docker::Volume>& seen,
    const Identity& identity
) {
    VolumePlan plan;
    const bool is_ours = seen && stands_for(seen->labels, identity, desired.key);
    if (desired.is_deleted) {
        plan.reason = "Deleting";
        if (!is_ours || desired.spec.retain) {
            plan.is_gone = true;
        } else {
            plan.verb = VolumeVerb::remove;
            plan.cause = "the Volume is deleted";
        }
        return plan;
    }
    const std::string remedy = recreate_remedy("Volume", desired.created_at);
    const bool was_there = !desired.created_at.empty() && desired.spec.retain &&
                           desired.recreate != desired.created_at;
    if (!seen && was_there)
        return stalled(
            "DataVolumeMissing", "volume " + desired.name + " held data and is gone" + remedy
        );
    if (!seen) {
        plan.verb = VolumeVerb::create;
        plan.cause = "it is not there";
        plan.reason = "Creating";
        plan.message = "volume " + desired.name + " is being made";
        return plan;
    }
    if (!is_ours)
        return stalled(
            "NameConflict",
            "a volume " + desired.name +
                " exists that is not ours; remove it or choose another VECTIS_PROJECT"
        );
    if (was_there && seen->created_at != desired.created_at)
        return stalled(
            "DataVolumeReplaced",
            "volume " + desired.name + " is not the one that held the data" + remedy
        );
    plan.is_ready = true;
    plan.reason = "Exists";
    plan.message = "volume " + desired.name + " is there";
    return plan;
}

}  // namespace vectis::reconcilers
