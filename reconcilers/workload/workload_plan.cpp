#include "reconcilers/workload/workload_plan.hpp"

#include "reconcilers/workload/workload_heal.hpp"

#include <algorithm>
#include <chrono>

namespace vectis::reconcilers {
namespace {

using controller::Duration;
using controller::Time;
using docker::ContainerState;
using std::chrono::seconds;

/// The containers of a Workload by the part that they play now.
struct Cast {
    const ObservedContainer* target = nullptr;  ///< made from what is desired
    const ObservedContainer* proven = nullptr;  ///< the last that served, if it is not the target
    std::vector<const ObservedContainer*> leftovers{};
};

std::string revision_of(const ObservedContainer& container) {
    return reconcilers::revision_of(
        container.image, container.image_hash, container.spec_hash, container.files_hash
    );
}

bool is_made_from(const ObservedContainer& container, const DesiredWorkload& desired) {
    if (container.container.state == ContainerState::dead ||
        container.container.state == ContainerState::removing)
        return false;
    return container.spec_hash == desired.spec_hash && container.files_hash == desired.files_hash &&
           container.image == desired.image &&
           (desired.image_id.empty() || desired.image_id == container.image_hash);
}

Cast cast_of(
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress
) {
    Cast cast;
    for (const ObservedContainer& container : observed.containers) {
        if (is_made_from(container, desired)) cast.target = &container;
    }
    for (const ObservedContainer& container : observed.containers) {
        if (&container == cast.target) continue;
        if (!progress.stable_revision.empty() && revision_of(container) == progress.stable_revision)
            cast.proven = &container;
    }
    // Without a record (a lost store) the newest running container is taken for the one that
    // serves.
    if (progress.stable_revision.empty()) {
        for (const ObservedContainer& container : observed.containers) {
            if (&container != cast.target && container.container.state == ContainerState::running)
                cast.proven = &container;
        }
    }
    for (const ObservedContainer& container : observed.containers) {
        if (&container != cast.target && &container != cast.proven)
            cast.leftovers.push_back(&container);
    }
    return cast;
}

bool is_stopped(const ObservedContainer& container) {
    const ContainerState state = container.container.state;
    return state == ContainerState::created || state == ContainerState::exited ||
           state == ContainerState::dead;
}

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
    for (const auto& [declared, name] : desired.networks) {
        if (!observed.networks.contains(name)) return "network " + declared + " is not there yet";
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

/// Which input differs, for people.
std::string cause_of(const DesiredWorkload& desired, const Cast& cast) {
    const ObservedContainer* from = cast.proven;
    if (from == nullptr) return "there is no container";
    if (from->image != desired.image) return "image: " + from->image + " → " + desired.image;
    if (from->image_hash != desired.image_id)
        return "image id: " + from->image_hash + " → " + desired.image_id;
    if (from->files_hash != desired.files_hash)
        return "files: " + from->files_hash + " → " + desired.files_hash;
    return "spec: " + from->spec_hash + " → " + desired.spec_hash;
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

/// Hands over from the proven container to `name`: it is stopped and kept.
void add_switch(
    WorkloadPlan& plan, const Cast& cast, const std::string& name, const std::string& cause
) {
    if (cast.proven != nullptr && !is_stopped(*cast.proven)) {
        add(plan, WorkloadVerb::set_restart_no, cast.proven->container.name, cause);
        add(plan, WorkloadVerb::stop, cast.proven->container.name, cause);
    }
    add(plan, WorkloadVerb::start, name, cause);
}

void plan_new(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress,
    const Cast& cast,
    const std::string& project
) {
    const std::string cause = cause_of(desired, cast);
    plan.reason = "Progressing";
    if (desired.image_id.empty()) {
        add(plan, WorkloadVerb::ensure_image, desired.image, "the engine does not have it");
        plan.reason = "ImageNotReady";
        plan.message = "image " + desired.image + " is being made ready";
        return;
    }
    if (const std::string missing = missing_part(desired, observed); !missing.empty()) {
        plan.reason = "WaitingForDependency";
        plan.message = missing;
        plan.again_after = std::chrono::milliseconds(250);
        return;
    }
    add_volume(plan, observed, progress, desired.files_volume, WorkloadVerb::fill_files);
    add_volume(plan, observed, progress, desired.live_volume, WorkloadVerb::fill_live);
    const std::string name = container_name(desired, observed, progress, project);
    add(plan, WorkloadVerb::create_container, name, cause);
    add_switch(plan, cast, name, cause);
    plan.message = "starting " + name;
}

/// The target failed while a proven container is kept: put that one back.
void plan_revert(
    WorkloadPlan& plan, const Cast& cast, const std::string& reason, const std::string& message
) {
    const std::string cause = reason + ": " + message;
    add(plan, WorkloadVerb::quarantine, cast.target->container.name, message, reason);
    if (!is_stopped(*cast.target))
        add(plan, WorkloadVerb::stop, cast.target->container.name, cause);
    if (is_stopped(*cast.proven))
        add(plan, WorkloadVerb::start, cast.proven->container.name, cause);
    add(plan, WorkloadVerb::set_restart_unless_stopped, cast.proven->container.name, cause);
    add(plan, WorkloadVerb::remove_container, cast.target->container.name, cause);
    plan.phase = WorkloadPhase::stalled;
    plan.reason = reason;
    plan.message = message + "; " + cast.proven->container.name + " serves again";
}

std::string verdict_of(
    const DesiredWorkload& desired, const ObservedContainer& target, Time now, std::string& reason
) {
    const docker::Container& container = target.container;
    if (container.state == ContainerState::exited) {
        reason = "ContainerExited";
        return container.name + " exited with code " + std::to_string(container.exit_code);
    }
    if (container.state == ContainerState::created && !container.error.empty()) {
        reason = "StartFailed";
        return container.name + " could not start: " + container.error;
    }
    const seconds limit{desired.spec.update.progress_deadline_seconds};
    const Time started = std::chrono::time_point_cast<Duration>(container.started_at);
    if (container.state == ContainerState::running && !target.probe.is_ready &&
        now - started >= limit) {
        reason = "ProgressDeadlineExceeded";
        const std::string seen =
            target.probe.message.empty() ? "no probe succeeded" : target.probe.message;
        return container.name + " was not ready within " + std::to_string(limit.count()) +
               " s: " + seen;
    }
    return {};
}

/// The target is there and so is the container that it replaces.
void plan_handover(WorkloadPlan& plan, const DesiredWorkload& desired, const Cast& cast, Time now) {
    const ObservedContainer& target = *cast.target;
    std::string reason;
    if (const std::string failure = verdict_of(desired, target, now, reason); !failure.empty()) {
        plan_revert(plan, cast, reason, failure);
        return;
    }
    plan.reason = "Progressing";
    plan.message = target.container.name + " replaces " + cast.proven->container.name;
    if (target.container.state == ContainerState::created) {
        add_switch(plan, cast, target.container.name, "it is made and not started");
        return;
    }
    if (target.container.state == ContainerState::paused) {
        add(plan, WorkloadVerb::unpause, target.container.name, "it is paused");
        return;
    }
    const seconds least{desired.spec.update.min_ready_seconds};
    if (!target.probe.is_ready) return;  // the prober brings the key back
    if (now - target.probe.ready_since < least) {
        plan.again_after = least - (now - target.probe.ready_since);
        return;
    }
    const std::string cause = "it has been ready for " + std::to_string(least.count()) + " s";
    add(plan, WorkloadVerb::record_stable, target.container.name, cause, revision_of(target));
    add(plan, WorkloadVerb::set_restart_unless_stopped, target.container.name, cause);
    add(plan,
        WorkloadVerb::remove_container,
        cast.proven->container.name,
        target.container.name + " has proved itself");
}

void add_leftovers(WorkloadPlan& plan, const Cast& cast) {
    for (const ObservedContainer* container : cast.leftovers) {
        add(plan,
            WorkloadVerb::remove_container,
            container->container.name,
            "it is from a change that was given up");
    }
}

/// File volumes that no container of ours can need any more.
void add_old_volumes(
    WorkloadPlan& plan, const DesiredWorkload& desired, const ObservedWorkload& observed
) {
    for (const std::string& volume : observed.own_volumes) {
        if (volume != desired.files_volume && volume != desired.live_volume) {
            add(plan, WorkloadVerb::remove_volume, volume, "no container uses it");
        }
    }
}

bool needs_swap(
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress
) {
    return !desired.live_volume.empty() && is_filled(observed, progress, desired.live_volume) &&
           progress.live_hash != desired.live_hash;
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
    if (cast.target != nullptr) {
        if (!is_stopped(*cast.target))
            add(plan, WorkloadVerb::stop, cast.target->container.name, "its revision is quarantined"
            );
    }
    plan_heal(plan, desired, observed, progress, *cast.proven, now);
    if (cast.target != nullptr)
        add(plan,
            WorkloadVerb::remove_container,
            cast.target->container.name,
            "its revision is quarantined");
    plan.phase = WorkloadPhase::stalled;
    plan.reason = progress.quarantine_reason;
    plan.message = progress.quarantine_message + "; " + cast.proven->container.name + " serves";
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
        add_leftovers(plan, cast);
        plan_quarantined(plan, desired, observed, progress, cast, now);
        return plan;
    }
    add_leftovers(plan, cast);
    const ObservedContainer* running = cast.target != nullptr ? cast.target : cast.proven;
    const bool has_running =
        running != nullptr && running->container.state == ContainerState::running;
    if (has_running && needs_swap(desired, observed, progress)) {
        add(plan,
            WorkloadVerb::swap_live,
            running->container.name,
            "live files: " + progress.live_hash + " → " + desired.live_hash);
    }
    if (cast.target == nullptr) {
        plan_new(plan, desired, observed, progress, cast, project);
    } else if (cast.proven != nullptr) {
        plan_handover(plan, desired, cast, now);
    } else {
        plan_heal(plan, desired, observed, progress, *cast.target, now);
        if (plan.phase == WorkloadPhase::ready) add_old_volumes(plan, desired, observed);
    }
    return plan;
}

}  // namespace vectis::reconcilers
