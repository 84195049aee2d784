#include "reconcilers/workload/workload_reconciler.hpp"

#include "reconcilers/core/finalizer.hpp"
#include "reconcilers/core/status.hpp"
#include "reconcilers/workload/workload_executor.hpp"
#include "reconcilers/workload/workload_observed.hpp"
#include "reconcilers/workload/workload_status.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace vectis::reconcilers {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Docker restarts by its policy without asking; the budget counts those too.
void count_docker_restarts(
    WorkloadProgress& progress, const ObservedWorkload& observed, controller::Time now
) {
    std::int64_t count = 0;
    for (const ObservedContainer& container : observed.containers)
        count += container.container.restart_count;
    for (std::int64_t i = progress.docker_restarts;
         i < std::min(count, progress.docker_restarts + 10);
         ++i)
        progress.restarts.push_back(now);
    progress.docker_restarts = count;
}

/// A rollout is taken back when a component stalls; one failed call is not worth that.
constexpr controller::Duration refusal_patience = seconds(10);

/// Waiting helps against some refusals; a port that is taken and a full disk are somebody's to
/// free.
bool may_pass(const ActionRefused& refused) {
    return refused.reason() != docker::RefusalReason::port_in_use &&
           refused.reason() != docker::RefusalReason::no_space;
}

/// Whether what is refused now has been refused for so long that it will not pass by itself.
bool has_lasted(WorkloadProgress& progress, controller::Time now) {
    if (!progress.refused_since) progress.refused_since = now;
    return now - *progress.refused_since >= refusal_patience;
}

/// However an action ends, what is known of its target is old: a list does not show all that an
/// inspect does, and the event that would say so can be lost.
struct LookAgain {
    WorldCache& world;
    const std::string& target;

    LookAgain(WorldCache& cache, const std::string& name) : world(cache), target(name) {}
    LookAgain(const LookAgain&) = delete;
    LookAgain& operator=(const LookAgain&) = delete;
    ~LookAgain() { world.hear(target); }
};

}  // namespace

/// What one reconcile works with.
struct WorkloadReconciler::Pass {
    const controller::ReconcileContext& context;
    resources::ObjectKey key{};
    resources::Object object{};
    WorkloadProgress progress{};
    DesiredWorkload desired{};
    RenderedFiles files{};
    ObservedWorkload observed{};
    JobStatus image_job{JobState::succeeded, {}};
};

WorkloadReconciler::WorkloadReconciler(
    Seams& seams, WorldCache& world, Images& images, ProbeBoard& probes
)
    : seams_(seams), world_(world), images_(images), probes_(probes) {}

controller::ReconcileResult WorkloadReconciler::reconcile(
    const resources::ObjectKey& key, const controller::ReconcileContext& context
) {
    std::optional<resources::Object> object = seams_.platform.get(key);
    if (!object) {
        probes_.forget(key);
        return {};
    }
    Pass pass{.context = context, .key = key, .object = std::move(*object)};
    pass.progress = progress_from_json(pass.object.status);
    try {
        return converge(pass);
    } catch (const MissingReference& missing) {
        report_failure(pass, {"WaitingForDependency", missing.what()}, Outlook::open);
        return {.again_after = milliseconds(250)};
    } catch (const ActionRefused& refused) {
        world_.hear("");
        images_.forget();
        const bool is_final = has_lasted(pass.progress, seams_.clock.now()) || !may_pass(refused);
        report_failure(
            pass,
            {reason_word(refused), refused.what()},
            is_final ? Outlook::stalled : Outlook::open
        );
        throw;
    } catch (const docker::EngineError& error) {
        world_.hear("");
        report_failure(pass, {"EngineUnavailable", error.what()}, Outlook::open);
        throw;
    }
}

WorkloadPlan WorkloadReconciler::plan(Pass& pass, const World& world) {
    pass.observed = observed_workload(world, pass.key, probes_);
    count_docker_restarts(pass.progress, pass.observed, seams_.clock.now());
    return plan_workload(
        pass.desired, pass.observed, pass.progress, seams_.identity.project, seams_.clock.now()
    );
}

controller::ReconcileResult WorkloadReconciler::converge(Pass& pass) {
    const resources::WorkloadSpec spec = resources::view<resources::WorkloadSpec>(pass.object.spec);
    const bool is_deleted = resources::is_being_deleted(pass.object);
    if (!is_deleted) pass.object = ensure_finalizer(seams_.platform, pass.object, engine_finalizer);
    const ResolvedImage image =
        is_deleted ? ResolvedImage{} : images_.resolve(spec.image, pass.context.stop);
    if (!is_deleted) pass.files = render_files(spec, seams_.secrets);
    pass.desired =
        desired_workload({pass.object, image, pass.files, seams_.identity, seams_.installation_key}
        );

    WorkloadPlan next = plan(pass, *world_.observe(pass.context.stop));
    // What was cached may be old: look before acting.
    if (!next.actions.empty()) next = plan(pass, *world_.refresh(pass.context.stop));
    const bool has_acted = execute(pass, next);
    if (next.is_gone) {
        finish_deletion(pass);
        return {};
    }
    report(pass, next);
    watch(pass);
    if (pass.image_job.state == JobState::failed)
        return {
            .again_after = has_lasted(pass.progress, seams_.clock.now()) ? seconds(30) : seconds(3)
        };
    if (pass.image_job.state == JobState::running) return {};
    if (has_acted) return {.again_after = milliseconds(0)};
    return {.again_after = next.again_after};
}

/// True if something was done, so that another look is due.
bool WorkloadReconciler::execute(Pass& pass, const WorkloadPlan& next) {
    if (next.actions.empty()) return false;
    WorkloadExecutor executor(
        seams_,
        images_,
        {pass.object, pass.desired, pass.files, pass.observed},
        pass.progress,
        [&](const WorkloadProgress&) { save(pass); }
    );
    for (const WorkloadAction& action : next.actions) {
        const LookAgain look_again{world_, action.target};
        const JobStatus status = executor.perform(action, pass.context.stop);
        if (action.verb == WorkloadVerb::ensure_image)
            pass.image_job = status;
        else
            seams_.events.record(
                controller::EventType::normal,
                pass.object,
                "Acted",
                to_text(action) + ": " + action.cause,
                pass.context.id
            );
    }
    return true;
}

void WorkloadReconciler::save(Pass& pass) {
    resources::Object wanted = pass.object;
    wanted.metadata.resource_version.clear();
    wanted.status["progress"] = progress_to_json(pass.progress);
    controller::StoreResult<resources::Object> saved = seams_.platform.update_status(wanted);
    if (!saved)
        throw controller::StoreError(
            "save progress of " + resources::to_text(pass.key) + ": " + saved.error().message()
        );
    pass.object.status = saved->status;
}

void WorkloadReconciler::report(Pass& pass, const WorkloadPlan& next) {
    boost::json::object status = pass.object.status;
    const std::string revision = revision_of(
        pass.desired.image, pass.desired.image_id, pass.desired.spec_hash, pass.desired.files_hash
    );
    if (!pass.desired.image_id.empty() && pass.progress.quarantined_revision != revision) {
        pass.progress.quarantined_revision.clear();
        pass.progress.quarantine_reason.clear();
        pass.progress.quarantine_message.clear();
    }
    const bool is_without_image = pass.image_job.state == JobState::failed;
    if (is_without_image)
        (void)has_lasted(pass.progress, seams_.clock.now());
    else
        pass.progress.refused_since.reset();
    status["progress"] = progress_to_json(pass.progress);
    status["restarts"] = static_cast<std::int64_t>(pass.progress.restarts.size());
    describe_serving(status, next, pass.observed, pass.desired);
    if (next.phase == WorkloadPhase::ready)
        status["stableSpec"] = pass.object.spec;  // what a rollout goes back to
    const StatusNote note{
        next.reason, pass.image_job.message.empty() ? next.message : pass.image_job.message
    };
    const std::string now = controller::format_time(seams_.clock.now());
    const StatusNote image_note{"ImageUnavailable", pass.image_job.message};
    if (is_without_image && has_lasted(pass.progress, seams_.clock.now()))
        set_stalled(status, pass.object, image_note, now);
    else if (is_without_image)
        set_reconciling(status, pass.object, image_note, now);
    else if (next.phase == WorkloadPhase::ready)
        set_ready(status, pass.object, note, now);
    else if (next.phase == WorkloadPhase::stalled)
        set_stalled(status, pass.object, note, now);
    else
        set_reconciling(status, pass.object, note, now);
    write_status_if_changed(seams_.platform, pass.object, status);
}

void WorkloadReconciler::report_failure(Pass& pass, const StatusNote& note, Outlook outlook) {
    boost::json::object status = pass.object.status;
    status["progress"] = progress_to_json(pass.progress);
    const std::string now = controller::format_time(seams_.clock.now());
    if (outlook == Outlook::open)
        set_reconciling(status, pass.object, note, now);
    else
        set_stalled(status, pass.object, note, now);
    write_status_if_changed(seams_.platform, pass.object, status);
    if (outlook == Outlook::stalled)
        seams_.events.record(
            controller::EventType::warning, pass.object, note.reason, note.message, pass.context.id
        );
}

/// Probes the container that is to prove itself, else the one that serves.
void WorkloadReconciler::watch(const Pass& pass) {
    const ObservedContainer* subject = nullptr;
    for (const ObservedContainer& container : pass.observed.containers) {
        if (container.container.state != docker::ContainerState::running) continue;
        if (subject == nullptr || container.generation > subject->generation) subject = &container;
    }
    if (subject == nullptr) return probes_.forget(pass.key);
    const resources::Probe& probe = pass.desired.spec.probe;
    ProbeSubject watched;
    watched.key = pass.key;
    watched.container = subject->container.id;
    watched.started_at = std::to_string(subject->container.started_at.time_since_epoch().count());
    watched.target.probe = probe;
    watched.target.container = subject->container.id;
    for (const auto& [name, endpoint] : subject->container.networks) {
        if (!endpoint.address.empty()) watched.target.address = endpoint.address;
    }
    if (!probe.password_secret.empty())
        watched.target.password = secret_value(seams_.secrets, probe.password_secret);
    probes_.watch(watched);
}

void WorkloadReconciler::finish_deletion(Pass& pass) {
    probes_.forget(pass.key);
    drop_finalizer(seams_.platform, pass.object, engine_finalizer);
}

}  // namespace vectis::reconcilers
