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

/// The target failed while a proven container is kept: put that one back.
void plan_revert(
    WorkloadPlan& plan, const Cast& cast, const std::string& reason, const std::string& message
) {
    const std::string cause = reason + ": " + message;
    add_action(plan, WorkloadVerb::quarantine, *cast.target, message, reason);
    if (!is_stopped(*cast.target)) add_action(plan, WorkloadVerb::stop, *cast.target, cause);
    for (const ObservedContainer* leftover : cast.leftovers) silence(plan, *leftover, cause);
    if (is_stopped(*cast.proven)) add_action(plan, WorkloadVerb::start, *cast.proven, cause);
    add_action(plan, WorkloadVerb::set_restart_unless_stopped, *cast.proven, cause);
    add_action(plan, WorkloadVerb::remove_container, *cast.target, cause);
    plan.phase = WorkloadPhase::stalled;
    plan.reason = reason;
    plan.message = message + "; " + cast.proven->container.name + " serves again";
}

struct Verdict {
    std::string reason{};  ///< empty: nothing speaks against the target yet
    std::string message{};
};

/// A container that nobody has asked yet, since the controller was away, is not late.
Verdict verdict_of(const DesiredWorkload& desired, const ObservedContainer& target, Time now) {
    const docker::Container& container = target.container;
    if (container.state == ContainerState::exited)
        return {
            "ContainerExited",
            container.name + " exited with code " + std::to_string(container.exit_code)
        };
    if (container.state == ContainerState::created && !container.error.empty())
        return {"StartFailed", container.name + " could not start: " + container.error};
    if (container.state == ContainerState::running && !target.probe.lack.empty())
        return {target.probe.lack, container.name + ": " + target.probe.message};
    const seconds limit{desired.spec.update.progress_deadline_seconds};
    if (container.state != ContainerState::running || !target.probe.is_known ||
        target.probe.is_ready || now - trial_begin(target) < limit)
        return {};
    return {
        "ProgressDeadlineExceeded",
        container.name + " was not ready within " + std::to_string(limit.count()) +
            " s: " + (target.probe.message.empty() ? "no probe succeeded" : target.probe.message)
    };
}

void plan_start(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const Cast& cast
) {
    if (has_stale_network(desired, observed, *cast.target)) {
        add_action(
            plan, WorkloadVerb::remove_container, *cast.target, "a network of it was made again"
        );
        return;
    }
    // It may have been made by a controller that was killed before it had attached it.
    if (!repair_networks(plan, desired, observed, *cast.target) && plan.actions.empty()) return;
    add_switch(plan, cast, cast.target->container.name, "it is made and not started");
}

/// The proof: ready for as long as declared, attached as declared.
void plan_trial(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const Cast& cast,
    Time now
) {
    const ObservedContainer& target = *cast.target;
    if (!repair_networks(plan, desired, observed, target)) return;
    if (!target.probe.is_ready) return;  // the prober brings the key back
    const seconds least{desired.spec.update.min_ready_seconds};
    if (now - target.probe.ready_since < least) {
        plan.again_after = least - (now - target.probe.ready_since);
        return;
    }
    // From then on the target is the proven one, and the other a leftover that may go.
    const std::string cause = "it has been ready for " + std::to_string(least.count()) + " s";
    add_action(plan, WorkloadVerb::record_stable, target, cause, revision_of(target));
}

}  // namespace

void add_switch(
    WorkloadPlan& plan, const Cast& cast, const std::string& name, const std::string& cause
) {
    if (cast.proven != nullptr) silence(plan, *cast.proven, cause);
    for (const ObservedContainer* leftover : cast.leftovers) silence(plan, *leftover, cause);
    plan.actions.push_back({WorkloadVerb::start, name, {}, cause});
}

void plan_handover(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const Cast& cast,
    Time now
) {
    const ObservedContainer& target = *cast.target;
    if (const Verdict verdict = verdict_of(desired, target, now); !verdict.reason.empty()) {
        plan_revert(plan, cast, verdict.reason, verdict.message);
        return;
    }
    plan.reason = "Progressing";
    plan.message = target.container.name + " replaces " + cast.proven->container.name;
    if (target.container.state == ContainerState::created) {
        plan_start(plan, desired, observed, cast);
        return;
    }
    // Somebody else may have started it again.
    const std::string cause = target.container.name + " has taken over";
    silence(plan, *cast.proven, cause);
    for (const ObservedContainer* leftover : cast.leftovers) silence(plan, *leftover, cause);
    if (target.container.state == ContainerState::paused)
        add_action(plan, WorkloadVerb::unpause, target, "it is paused");
    else if (target.container.state == ContainerState::running)
        plan_trial(plan, desired, observed, cast, now);
}

}  // namespace vectis::reconcilers
