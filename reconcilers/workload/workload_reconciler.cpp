#include "reconcilers/workload/workload_reconciler.hpp"

#include "controller/apply.hpp"
#include "reconcilers/core/finalizer.hpp"
#include "reconcilers/core/status.hpp"
#include "reconcilers/workload/workload_cast.hpp"
#include "reconcilers/workload/workload_executor.hpp"
#include "reconcilers/workload/workload_heal.hpp"
#include "reconcilers/workload/workload_observed.hpp"
#include "reconcilers/workload/workload_status.hpp"
#include "resources/condition.hpp"

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
    progress.restarts_total += std::max<std::int64_t>(0, count - progress.docker_restarts);
    progress.docker_restarts = count;
    std::erase_if(progress.restarts, [&](controller::Time time) {
        return now - time >= restart_budget.window;
    });
}

/// Waiting helps against some refusals; a port that is taken and a full disk are somebody's to
/// free.
bool may_pass(const ActionRefused& refused) {
    return refused.reason() != docker::RefusalReason::port_in_use &&
           refused.reason() != docker::RefusalReason::no_space;
}

void note_refusal(WorkloadProgress& progress, controller::Time now) {
    if (!progress.refused_since) progress.refused_since = now;
}

/// Somebody asked for another try of what failed.
void begin_attempt(WorkloadProgress& progress, const resources::Object& object) {
    const std::string attempt = controller::attempt_of(object);
    if (progress.attempt == attempt) return;
    progress.attempt = attempt;
    progress.refused_since.reset();
    progress.quarantined_revision.clear();
    progress.quarantine_reason.clear();
    progress.quarantine_message.clear();
}

const boost::json::object* stable_spec_of(const resources::Object& object) {
    const boost::json::value* stable = object.status.if_contains("stableSpec");
    return stable != nullptr && stable->is_object() ? &stable->as_object() : nullptr;
}

/// It was declared anew, and nobody can say yet what becomes of it.
bool is_changing(const std::optional<resources::Object>& network) {
    return network &&
           !resources::is_true_for(network->status, "Ready", network->metadata.generation) &&
           !resources::is_true_for(network->status, "Stalled", network->metadata.generation);
}

bool has_proven(const ObservedWorkload& observed, const WorkloadProgress& progress) {
    return std::any_of(
        observed.containers.begin(),
        observed.containers.end(),
        [&](const ObservedContainer& container) {
            return revision_of(container) == progress.stable_revision;
        }
    );
}

std::string declared_by(const DesiredWorkload& desired) {
    return revision_of(desired.image, desired.image_id, desired.spec_hash, desired.files_hash);
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
    std::string declared_revision{};
    bool is_fallback = false;  ///< what is declared failed: `desired` is what served before
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
    begin_attempt(pass.progress, pass.object);
    try {
        return converge(pass);
    } catch (const MissingReference& missing) {
        report_failure(pass, {"WaitingForDependency", missing.what()}, Outlook::open);
        return {.again_after = milliseconds(250)};
    } catch (const ActionRefused& refused) {
        world_.hear("");
        images_.forget();
        watch(pass);
        note_refusal(pass.progress, seams_.clock.now());
        const bool is_final =
            has_lasted(pass.progress.refused_since, seams_.clock.now()) || !may_pass(refused);
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

ObservedWorkload WorkloadReconciler::look(const Pass& pass, const World& world) {
    return observed_workload(
        world,
        world_.containers_of(world, pass.key, pass.context.stop),
        pass.key,
        seams_.identity,
        probes_
    );
}

WorkloadPlan WorkloadReconciler::plan(Pass& pass, ObservedWorkload observed) {
    pass.observed = std::move(observed);
    count_docker_restarts(pass.progress, pass.observed, seams_.clock.now());
    WorkloadPlan plan = plan_workload(
        pass.desired, pass.observed, pass.progress, seams_.identity.project, seams_.clock.now()
    );
    if (pass.is_fallback) {
        plan.phase = WorkloadPhase::stalled;
        plan.reason = pass.progress.quarantine_reason;
        plan.message = pass.progress.quarantine_message + "; what served before is kept";
    }
    return plan;
}

void WorkloadReconciler::resolve(
    Pass& pass, const resources::Object& object, std::stop_token stop
) {
    const resources::WorkloadSpec spec = resources::view<resources::WorkloadSpec>(object.spec);
    const bool is_deleted = resources::is_being_deleted(object);
    const ResolvedImage image =
        is_deleted ? ResolvedImage{} : images_.resolve(spec.image, std::move(stop));
    pass.files = is_deleted ? RenderedFiles{} : render_files(spec, seams_.secrets);
    pass.desired = desired_workload(
        {object, stable_spec_of(object), image, pass.files, seams_.identity, seams_.installation_key
        }
    );
    for (const resources::NetworkAttachment& attachment : spec.networks) {
        if (is_changing(seams_.platform.get({"Network", "", attachment.network})))
            pass.desired.changing_networks.insert(attachment.network);
    }
}

/// What is declared has failed and the container that served before is lost: that one is made anew
/// from the record, not the one that is known to fail.
void WorkloadReconciler::fall_back(Pass& pass, const ObservedWorkload& observed) {
    pass.declared_revision = declared_by(pass.desired);
    const boost::json::object* stable = stable_spec_of(pass.object);
    if (stable == nullptr || pass.desired.image_id.empty() ||
        pass.progress.quarantined_revision != pass.declared_revision ||
        has_proven(observed, pass.progress))
        return;
    resources::Object object = pass.object;
    object.spec = *stable;
    resolve(pass, object, pass.context.stop);
    pass.is_fallback = true;
}

/// What is declared has failed and the container that served before serves again: its live files
/// are those that it served with, those of today's secrets.
void WorkloadReconciler::keep_live(Pass& pass, const ObservedWorkload& observed) {
    const boost::json::object* stable = stable_spec_of(pass.object);
    if (stable == nullptr || pass.is_fallback || pass.desired.live_volume.empty() ||
        pass.progress.quarantined_revision != pass.declared_revision ||
        !has_proven(observed, pass.progress))
        return;
    resources::Object object = pass.object;
    object.spec = *stable;
    try {
        RenderedFiles files =
            render_files(resources::view<resources::WorkloadSpec>(*stable), seams_.secrets);
        DesiredWorkload before =
            desired_workload({object, stable, {}, files, seams_.identity, seams_.installation_key});
        if (before.live_volume.empty() || before.spec.live.path != pass.desired.spec.live.path)
            return;
        pass.files.live = std::move(files.live);
        pass.desired.live_hash = std::move(before.live_hash);
        pass.desired.spec.live = std::move(before.spec.live);
        pass.desired.live_changes.clear();
    } catch (const MissingReference&) {
        // A secret went with the change. The files that are there stay: nothing may keep the
        // container that serves from being healed.
        pass.desired.live_hash = pass.progress.live_hash;
    }
}

controller::ReconcileResult WorkloadReconciler::converge(Pass& pass) {
    if (!resources::is_being_deleted(pass.object))
        pass.object = ensure_finalizer(seams_.platform, pass.object, engine_finalizer);
    resolve(pass, pass.object, pass.context.stop);
    ObservedWorkload observed = look(pass, *world_.observe(pass.context.stop));
    fall_back(pass, observed);
    keep_live(pass, observed);
    WorkloadPlan next = plan(pass, std::move(observed));
    // What was cached may be old: look before acting.
    if (!next.actions.empty()) next = plan(pass, look(pass, *world_.refresh(pass.context.stop)));
    // It serves: whoever waits for that need not wait for the tidying up.
    if (next.phase == WorkloadPhase::ready && !next.actions.empty()) report(pass, next);
    const bool has_acted = execute(pass, next);
    if (next.is_gone) {
        finish_deletion(pass);
        return {};
    }
    report(pass, next);
    watch(pass);
    if (pass.image_job.state == JobState::failed)
        return {
            .again_after = has_lasted(pass.progress.refused_since, seams_.clock.now()) ? seconds(30)
                                                                                       : seconds(3)
        };
    if (pass.image_job.state == JobState::running && next.actions.size() == 1)
        return {.again_after = next.again_after};
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
    if (!pass.desired.image_id.empty() &&
        pass.progress.quarantined_revision != pass.declared_revision) {
        pass.progress.quarantined_revision.clear();
        pass.progress.quarantine_reason.clear();
        pass.progress.quarantine_message.clear();
    }
    const bool is_without_image = pass.image_job.state == JobState::failed;
    const bool is_with_image = pass.image_job.state == JobState::succeeded;
    if (is_without_image)
        note_refusal(pass.progress, seams_.clock.now());
    else if (is_with_image)
        pass.progress.refused_since.reset();
    if (next.phase == WorkloadPhase::ready) pass.progress.served = serving_start(pass, next);
    status["progress"] = progress_to_json(pass.progress);
    status["restarts"] = pass.progress.restarts_total;
    if (pass.progress.repaired_at)
        status["lastRepair"] = {
            {"time", controller::format_time(*pass.progress.repaired_at)},
            {"message", pass.progress.repaired}
        };
    describe_serving(status, next, pass.observed, pass.desired);
    if (next.phase == WorkloadPhase::ready)
        status["stableSpec"] = pass.object.spec;  // what is kept serving when a change fails
    const StatusNote note{
        next.reason, pass.image_job.message.empty() ? next.message : pass.image_job.message
    };
    const std::string now = controller::format_time(seams_.clock.now());
    const StatusNote image_note{"ImageUnavailable", pass.image_job.message};
    // Another try of what has failed for long is no news before it ends.
    const bool is_trying_again = pass.image_job.state == JobState::running &&
                                 has_lasted(pass.progress.refused_since, seams_.clock.now());
    if (is_trying_again || (next.phase == WorkloadPhase::unknown && is_with_image))
        return write_status_if_changed(seams_.platform, pass.object, status);
    if (is_without_image && has_lasted(pass.progress.refused_since, seams_.clock.now()))
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

std::string WorkloadReconciler::serving_start(const Pass& pass, const WorkloadPlan& next) {
    for (const ObservedContainer& container : pass.observed.containers) {
        if (container.container.name == next.serving) return start_of(container.container);
    }
    return {};
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
