#include "reconcilers/workload/workload_plan.hpp"

#include "reconcilers/workload/workload_cast.hpp"
#include "reconcilers/workload/workload_handover.hpp"
#include "reconcilers/workload/workload_heal.hpp"

#include <algorithm>
#include <chrono>

namespace vectis::reconcilers {
namespace {

using controller::Duration;
using controller::Time;
using docker::ContainerState;
using std::chrono::seconds;

void add(
    WorkloadPlan& plan,
    WorkloadVerb verb,
    const std::string& target,
    const std::string& cause,
    const std::string& detail = {}
) {
    plan.actions.push_back({verb, target, detail, cause});
}

WorkloadPlan plan_deletion(const DesiredWorkload& desired, const ObservedWorkload& observed) {
    WorkloadPlan plan;
    plan.reason = "Deleting";
    plan.message = "the container is being removed";
    for (const ObservedContainer& container : observed.containers) {
        if (!is_stopped(container)) {
            add(plan,
                WorkloadVerb::set_restart_no,
                container.container.name,
                "the Workload is deleted");
            add(plan, WorkloadVerb::stop, container.container.name, "the Workload is deleted");
        }
        add(plan,
            WorkloadVerb::remove_container,
            container.container.name,
            "the Workload is deleted");
    }
    for (const std::string& volume : observed.own_volumes) {
        add(plan,
            WorkloadVerb::remove_volume,
            volume,
            "the Workload " + desired.component + " is deleted");
    }
    plan.is_gone = plan.actions.empty();
    return plan;
}

bool is_filled(
    const ObservedWorkload& observed, const WorkloadProgress& progress, const std::string& volume
) {
    const auto seen = observed.volumes.find(volume);
    const auto filled = progress.filled.find(volume);
    return seen != observed.volumes.end() && filled != progress.filled.end() &&
           filled->second == seen->second.created_at;
}

/// What has to be there before a container can be made; empty if all is.
std::string missing_part(const DesiredWorkload& desired, const ObservedWorkload& observed) {
    for (const resources::NetworkAttachment& attachment : desired.spec.networks) {
        if (!observed.networks.contains(desired.networks.at(attachment.network)))
            return "network " + attachment.network + " is not there yet";
        if (desired.changing_networks.contains(attachment.network))
            return "network " + attachment.network + " is being changed";
    }
    for (const auto& [declared, name] : desired.volumes) {
        if (!observed.volumes.contains(name)) return "volume " + declared + " is not there yet";
    }
    return {};
}

void add_volume(
    WorkloadPlan& plan,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress,
    const std::string& volume,
    WorkloadVerb fill
) {
    if (volume.empty() || is_filled(observed, progress, volume)) return;
    if (!observed.volumes.contains(volume))
        add(plan, WorkloadVerb::create_volume, volume, "it is not there");
    add(plan, fill, volume, "its content is not recorded");
}

/// For people. Files whose declaration is the same differ by a secret, whose value is told nobody.
std::string cause_of_files(
    const DesiredWorkload& desired, const std::string& before, const std::string& now
) {
    if (desired.stable_spec) return "the value of a secret in them has changed";
    return before + " → " + now;
}

/// Which input differs, for people.
std::string cause_of(const DesiredWorkload& desired, const Cast& cast) {
    const ObservedContainer* from = cast.proven;
    if (from == nullptr) return no_container;
    std::string causes;
    const auto add_cause = [&](const std::string& cause) {
        causes += (causes.empty() ? "" : "; ") + cause;
    };
    if (from->image != desired.image) add_cause("image: " + from->image + " → " + desired.image);
    if (!desired.changes.empty()) add_cause(resources::to_text(desired.changes));
    const bool has_named_files = std::any_of(
        desired.changes.begin(),
        desired.changes.end(),
        [](const resources::FieldChange& change) { return change.path.starts_with("files"); }
    );
    if (from->files_hash != desired.files_hash && !has_named_files)
        add_cause("files: " + cause_of_files(desired, from->files_hash, desired.files_hash));
    if (causes.empty() && from->spec_hash != desired.spec_hash)
        add_cause("spec: " + from->spec_hash + " → " + desired.spec_hash);
    return causes.empty() ? from->container.name + " is dead" : causes;
}

std::string container_name(
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress,
    const std::string& project
) {
    std::int64_t highest = progress.generation;
    for (const ObservedContainer& container : observed.containers)
        highest = std::max(highest, container.generation);
    return project + '-' + desired.component + '-' + std::to_string(highest + 1);
}

/// Nothing new is in hand yet: what serves is kept serving, and as it was declared then.
void keep_serving(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress,
    const Cast& cast,
    Time now
) {
    if (cast.proven == nullptr) return;
    WorkloadPlan healing;
    for (const ObservedContainer* leftover : cast.leftovers)
        silence(
            healing, *leftover, cast.proven->container.name + " serves until the new one is there"
        );
    DesiredWorkload stable = desired;
    if (desired.stable_spec) stable.spec = *desired.stable_spec;
    plan_heal(healing, stable, observed, progress, *cast.proven, now);
    for (WorkloadAction& action : healing.actions) {
        // It can only be made again from what it was made from, and that is not declared any more.
        if (action.verb != WorkloadVerb::remove_container)
            plan.actions.push_back(std::move(action));
    }
    if (healing.again_after)
        plan.again_after =
            std::min(plan.again_after.value_or(*healing.again_after), *healing.again_after);
}

/// Whether a container can be made; if not, says what is missing and gets what can be got.
bool is_in_hand(
    WorkloadPlan& plan, const DesiredWorkload& desired, const ObservedWorkload& observed
) {
    if (desired.image_id.empty()) {
        add(plan, WorkloadVerb::ensure_image, desired.image, "the engine does not have it");
        plan.reason = "ImageNotReady";
        plan.message = "image " + desired.image + " is being made ready";
        return false;
    }
    if (const std::string missing = missing_part(desired, observed); !missing.empty()) {
        plan.reason = "WaitingForDependency";
        plan.message = missing;
        plan.again_after = std::chrono::milliseconds(250);
        return false;
    }
    return true;
}

void plan_new(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress,
    const Cast& cast,
    const std::string& name
) {
    const std::string cause = cause_of(desired, cast);
    plan.reason = "Progressing";
    add_volume(plan, observed, progress, desired.files_volume, WorkloadVerb::fill_files);
    add_volume(plan, observed, progress, desired.live_volume, WorkloadVerb::fill_live);
    add(plan, WorkloadVerb::create_container, name, cause);
    add_switch(plan, cast, name, cause);
    plan.message = "starting " + name;
}

/// One that runs is stopped first, when something else can serve.
void add_leftovers(WorkloadPlan& plan, const Cast& cast) {
    const bool has_taken_over = cast.target != nullptr && cast.proven == nullptr;
    const std::string cause = has_taken_over ? cast.target->container.name + " has taken over"
                                             : "it is from a change that was given up";
    for (const ObservedContainer* container : cast.leftovers) {
        if (is_stopped(*container))
            add(plan, WorkloadVerb::remove_container, container->container.name, cause);
    }
}

/// File volumes that no container of ours can need any more; after whatever still has them.
void add_old_volumes(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const Cast& cast
) {
    const bool is_alone =
        cast.target != nullptr && cast.proven == nullptr &&
        std::all_of(cast.leftovers.begin(), cast.leftovers.end(), [](auto* leftover) {
            return is_stopped(*leftover);
        });
    if (!is_alone || plan.phase != WorkloadPhase::ready) return;
    for (const std::string& volume : observed.own_volumes) {
        if (volume != desired.files_volume && volume != desired.live_volume) {
            add(plan, WorkloadVerb::remove_volume, volume, "no container uses it");
        }
    }
}

/// Live files go onto a container that was made for them, when nothing else is to be done to it: a
/// check that refuses them must not keep it from being repaired. It is not Ready before they are
/// there.
void add_swap(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress,
    const ObservedContainer* container
) {
    const bool is_due = !desired.live_volume.empty() &&
                        is_filled(observed, progress, desired.live_volume) &&
                        progress.live_hash != desired.live_hash;
    if (!is_due || container == nullptr ||
        container->container.state != docker::ContainerState::running)
        return;
    if (plan.phase == WorkloadPhase::ready) {
        plan.phase = WorkloadPhase::progressing;
        plan.reason = "Progressing";
        plan.message = "live files are being swapped";
    }
    if (!plan.actions.empty()) return;
    add(plan,
        WorkloadVerb::swap_live,
        container->container.name,
        desired.live_changes.empty()
            ? "live files: " + cause_of_files(desired, progress.live_hash, desired.live_hash)
            : resources::to_text(desired.live_changes));
}

/// Puts the proven container, which a quarantined change left behind, in order and says why it
/// serves.
void plan_quarantined(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress,
    const Cast& cast,
    Time now
) {
    const std::string cause = "its revision is quarantined";
    if (cast.target != nullptr) silence(plan, *cast.target, cause);
    keep_serving(plan, desired, observed, progress, cast, now);
    if (cast.target != nullptr)
        add(plan, WorkloadVerb::remove_container, cast.target->container.name, cause);
    plan.phase = WorkloadPhase::stalled;
    plan.reason = progress.quarantine_reason;
    plan.message = progress.quarantine_message + "; " + cast.proven->container.name + " serves";
    // The change may have brought its own before it failed.
    add_swap(plan, desired, observed, progress, cast.proven);
}

/// One container, and it is what is desired.
void plan_serving(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress,
    const Cast& cast,
    Time now
) {
    for (const ObservedContainer* leftover : cast.leftovers)
        silence(plan, *leftover, cast.target->container.name + " serves");
    plan_heal(plan, desired, observed, progress, *cast.target, now);
}

std::string desired_revision(const DesiredWorkload& desired, const Cast& cast) {
    if (!desired.image_id.empty())
        return reconcilers::revision_of(
            desired.image, desired.image_id, desired.spec_hash, desired.files_hash
        );
    return cast.target != nullptr ? revision_of(*cast.target) : std::string{};
}

void name_serving(WorkloadPlan& plan, const Cast& cast) {
    const ObservedContainer* serving = cast.target;
    if (serving == nullptr ||
        (cast.proven != nullptr && cast.proven->container.state == ContainerState::running))
        serving = cast.proven;
    if (serving == nullptr) return;
    plan.serving = serving->container.name;
    plan.revision = revision_of(*serving);
}

}  // namespace

std::string start_of(const docker::Container& container) {
    return container.id + '@' + std::to_string(container.started_at.time_since_epoch().count());
}

std::string revision_of(
    const std::string& image,
    const std::string& image_id,
    const std::string& spec_hash,
    const std::string& files_hash
) {
    return image + '|' + image_id + '|' + spec_hash + '|' + files_hash;
}

WorkloadPlan plan_workload(
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress,
    const std::string& project,
    Time now
) {
    if (desired.is_deleted) return plan_deletion(desired, observed);
    WorkloadPlan plan;
    const Cast cast = cast_of(desired, observed, progress);
    name_serving(plan, cast);
    const std::string revision = desired_revision(desired, cast);
    const bool is_quarantined = !revision.empty() && revision == progress.quarantined_revision;
    if (is_quarantined && cast.proven != nullptr) {
        plan_quarantined(plan, desired, observed, progress, cast, now);
        add_leftovers(plan, cast);
        return plan;
    }
    if (cast.target == nullptr) {
        if (is_in_hand(plan, desired, observed))
            plan_new(
                plan,
                desired,
                observed,
                progress,
                cast,
                container_name(desired, observed, progress, project)
            );
        else
            keep_serving(plan, desired, observed, progress, cast, now);
    } else if (cast.proven != nullptr) {
        plan_handover(plan, desired, observed, cast, now);
    } else {
        plan_serving(plan, desired, observed, progress, cast, now);
    }
    add_swap(plan, desired, observed, progress, cast.target);
    add_leftovers(plan, cast);
    add_old_volumes(plan, desired, observed, cast);
    return plan;
}

}  // namespace vectis::reconcilers
