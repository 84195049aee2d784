#include "reconcilers/workload/workload_heal.hpp"

#include "reconcilers/workload/workload_cast.hpp"

#include <algorithm>
#include <chrono>

namespace vectis::reconcilers {
namespace {

using controller::Duration;
using controller::Time;
using docker::ContainerState;

bool is_spent(const WorkloadProgress& progress, Time now) {
    const auto recent =
        std::count_if(progress.restarts.begin(), progress.restarts.end(), [&](Time time) {
            return now - time < restart_budget.window;
        });
    return recent >= restart_budget.restarts;
}

/// When the budget allows the next restart; now or earlier means at once.
Time next_restart(const WorkloadProgress& progress, Time now) {
    return is_spent(progress, now) ? progress.restarts.back() + restart_budget.pause : now;
}

void say_spent(
    WorkloadPlan& plan, const WorkloadProgress& progress, const std::string& cause, Time now
) {
    plan.phase = WorkloadPhase::stalled;
    plan.reason = "RestartBudgetExceeded";
    plan.message = cause + "; restarted " + std::to_string(progress.restarts.size()) +
                   " times, the next try is in a minute at the latest";
    plan.again_after =
        std::max<Duration>(next_restart(progress, now) - now, std::chrono::seconds(1));
}

/// Starts or restarts within the budget; says so if it is used up.
void restart_within_budget(
    WorkloadPlan& plan,
    const WorkloadProgress& progress,
    const ObservedContainer& current,
    WorkloadVerb verb,
    const std::string& cause,
    Time now
) {
    const Time when = next_restart(progress, now);
    plan.message = cause;
    if (when <= now) {
        plan.reason = "Restarting";
        add_action(plan, verb, current, cause, counted_restart);
        return;
    }
    say_spent(plan, progress, cause, now);
}

bool has_aliases(const docker::Endpoint& endpoint, const std::vector<std::string>& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& alias) {
        return std::find(endpoint.aliases.begin(), endpoint.aliases.end(), alias) !=
               endpoint.aliases.end();
    });
}

void add_connection(
    WorkloadPlan& plan,
    WorkloadVerb verb,
    const ObservedContainer& current,
    const resources::NetworkAttachment& attachment,
    const std::string& cause
) {
    plan.actions.push_back({verb, current.container.name, {}, cause, attachment});
}

std::string stop_cause(const docker::Container& container) {
    if (container.state == ContainerState::created)
        return container.error.empty() ? "it is made and not started"
                                       : "it could not start: " + container.error;
    if (container.oom_killed) return "it was killed for want of memory";
    return "it stopped with exit code " + std::to_string(container.exit_code);
}

void plan_stopped(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress,
    const ObservedContainer& current,
    Time now
) {
    if (has_stale_network(desired, observed, current)) {
        plan.reason = "Replacing";
        plan.message = "a network of " + current.container.name + " was made again";
        add_action(plan, WorkloadVerb::remove_container, current, plan.message);
        return;
    }
    if (!repair_networks(plan, desired, observed, current) && plan.actions.empty()) return;
    const std::string cause = stop_cause(current.container);
    if (current.container.state == ContainerState::created && current.container.error.empty()) {
        plan.reason = "Progressing";
        plan.message = "starting " + current.container.name;
        add_action(plan, WorkloadVerb::start, current, cause);
        return;
    }
    restart_within_budget(plan, progress, current, WorkloadVerb::start, cause, now);
}

void plan_unready(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const WorkloadProgress& progress,
    const ObservedContainer& current,
    Time now
) {
    const std::chrono::seconds limit{desired.spec.update.progress_deadline_seconds};
    if (!current.probe.is_known && progress.served == start_of(current.container)) {
        plan.phase = WorkloadPhase::unknown;
        return;
    }
    plan.reason = "Progressing";
    plan.message = current.probe.message.empty()
                       ? "waiting for the first probe of " + current.container.name
                       : current.probe.message;
    if (!current.probe.lack.empty()) {
        plan.phase = WorkloadPhase::stalled;
        plan.reason = current.probe.lack;
        return;
    }
    if (!current.probe.is_known || now - trial_begin(current) < limit) return;
    if (current.probe.failures >= desired.spec.probe.failure_threshold) {
        restart_within_budget(
            plan,
            progress,
            current,
            WorkloadVerb::restart,
            "its probe fails: " + current.probe.message,
            now
        );
    }
    plan.phase = WorkloadPhase::stalled;
    if (plan.reason == "Progressing" || plan.reason == "Restarting")
        plan.reason = "ProgressDeadlineExceeded";
}

/// Docker restarts what exits, until the budget is spent; then the pauses are ours.
void keep_policy(
    WorkloadPlan& plan, const WorkloadProgress& progress, const ObservedContainer& current, Time now
) {
    const bool has_policy =
        current.container.restart_policy == docker::RestartPolicy::unless_stopped;
    if (is_spent(progress, now)) {
        if (has_policy)
            add_action(plan, WorkloadVerb::set_restart_no, current, "it has used up its restarts");
        plan.again_after = progress.restarts.front() + restart_budget.window - now;
    } else if (!has_policy && current.probe.is_ready) {
        add_action(plan, WorkloadVerb::set_restart_unless_stopped, current, "its probe passes");
    }
}

void plan_running(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress,
    const ObservedContainer& current,
    Time now
) {
    if (!repair_networks(plan, desired, observed, current)) {
        if (plan.reason.empty()) {
            plan.reason = "Repairing";
            plan.message = "its networks are being repaired";
        }
        return;
    }
    keep_policy(plan, progress, current, now);
    if (!current.probe.is_ready) {
        plan_unready(plan, desired, progress, current, now);
        return;
    }
    const std::string revision = revision_of(current);
    if (progress.stable_revision != revision)
        add_action(plan, WorkloadVerb::record_stable, current, "its probe passes", revision);
    plan.phase = WorkloadPhase::ready;
    plan.reason = "Serving";
    plan.message =
        current.probe.message.empty() ? current.container.name + " runs" : current.probe.message;
}

}  // namespace

void silence(WorkloadPlan& plan, const ObservedContainer& container, const std::string& cause) {
    if (is_stopped(container) || container.container.state == ContainerState::removing) return;
    add_action(plan, WorkloadVerb::set_restart_no, container, cause);
    add_action(plan, WorkloadVerb::stop, container, cause);
}

bool repair_networks(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const ObservedContainer& current
) {
    bool is_whole = true;
    for (const resources::NetworkAttachment& attachment : desired.spec.networks) {
        const std::string& name = desired.networks.at(attachment.network);
        const auto network = observed.networks.find(name);
        const auto endpoint = current.container.networks.find(name);
        if (network == observed.networks.end()) {
            plan.reason = "WaitingForDependency";
            plan.message = "network " + attachment.network + " is not there yet";
            plan.again_after = std::chrono::milliseconds(250);
            is_whole = false;
        } else if (endpoint == current.container.networks.end() &&
                   desired.changing_networks.contains(attachment.network)) {
            // It was taken off, so that the network can be made anew.
            plan.reason = "WaitingForDependency";
            plan.message = "network " + attachment.network + " is being changed";
            plan.again_after = std::chrono::milliseconds(250);
            is_whole = false;
        } else if (endpoint == current.container.networks.end()) {
            add_connection(
                plan,
                WorkloadVerb::connect,
                current,
                attachment,
                "it is not on network " + attachment.network
            );
            is_whole = false;
        } else if (!has_aliases(endpoint->second, attachment.aliases)) {
            add_connection(
                plan,
                WorkloadVerb::reconnect,
                current,
                attachment,
                "it is on network " + attachment.network + " without its alias"
            );
            is_whole = false;
        }
    }
    return is_whole;
}

bool has_stale_network(
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const ObservedContainer& current
) {
    for (const auto& [declared, name] : desired.networks) {
        const auto network = observed.networks.find(name);
        const auto endpoint = current.container.networks.find(name);
        if (network == observed.networks.end() || endpoint == current.container.networks.end())
            continue;
        if (!endpoint->second.network_id.empty() && endpoint->second.network_id != network->second)
            return true;
    }
    return false;
}

Time trial_begin(const ObservedContainer& container) {
    return std::max(
        std::chrono::time_point_cast<Duration>(container.container.started_at),
        container.probe.asked_since
    );
}

void plan_heal(
    WorkloadPlan& plan,
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress,
    const ObservedContainer& current,
    Time now
) {
    switch (current.container.state) {
        case ContainerState::created:
        case ContainerState::exited:
            plan_stopped(plan, desired, observed, progress, current, now);
            return;
        case ContainerState::running:
            plan_running(plan, desired, observed, progress, current, now);
            return;
        case ContainerState::paused:
            plan.reason = "Repairing";
            plan.message = current.container.name + " is paused";
            add_action(plan, WorkloadVerb::unpause, current, "it is paused");
            return;
        case ContainerState::dead:
            plan.reason = "Replacing";
            plan.message = current.container.name + " is dead";
            add_action(
                plan,
                WorkloadVerb::remove_container,
                current,
                "the engine could not remove it whole"
            );
            return;
        case ContainerState::restarting:
            if (!is_spent(progress, now)) break;
            keep_policy(plan, progress, current, now);
            say_spent(plan, progress, stop_cause(current.container), now);
            return;
        case ContainerState::removing:
            break;
    }
    plan.reason = "Progressing";
    plan.message = "the engine is busy with " + current.container.name;
    plan.again_after = std::chrono::seconds(1);
}

}  // namespace vectis::reconcilers
