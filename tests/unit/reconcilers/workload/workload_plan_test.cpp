#include "reconcilers/workload/workload_plan.hpp"

#include "reconcilers/workload/workload_heal.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

using controller::Time;
using docker::ContainerState;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Time now{std::chrono::hours(24 * 365 * 50)};

DesiredWorkload desired_postfix(const std::string& spec_hash = "s1") {
    DesiredWorkload desired;
    desired.component = "postfix";
    desired.image = "vectis/postfix:1";
    desired.image_id = "sha256:1";
    desired.spec_hash = spec_hash;
    desired.files_hash = "f1";
    desired.files_volume = "vectis-postfix-files-f1";
    desired.spec.networks = {{.network = "mail", .aliases = {"postfix"}}};
    desired.networks = {{"mail", "vectis-mail"}};
    return desired;
}

/// A container as it looks when it was made from `desired`.
ObservedContainer container_of(
    const DesiredWorkload& desired, int generation, ContainerState state
) {
    ObservedContainer out;
    out.generation = generation;
    out.image = desired.image;
    out.image_hash = desired.image_id;
    out.spec_hash = desired.spec_hash;
    out.files_hash = desired.files_hash;
    out.container.name = "vectis-postfix-" + std::to_string(generation);
    out.container.id = "id" + std::to_string(generation);
    out.container.state = state;
    out.container.started_at = now;
    out.container.networks["vectis-mail"] = {
        .network_id = "net1", .aliases = {"postfix"}, .address = "172.18.0.2"
    };
    return out;
}

ObservedWorkload world_with(std::vector<ObservedContainer> containers) {
    ObservedWorkload observed;
    observed.containers = std::move(containers);
    observed.networks = {{"vectis-mail", "net1"}};
    observed.volumes["vectis-postfix-files-f1"] = {
        .name = "vectis-postfix-files-f1", .created_at = "t0"
    };
    observed.own_volumes = {"vectis-postfix-files-f1"};
    return observed;
}

WorkloadProgress progress_with(const DesiredWorkload& stable) {
    WorkloadProgress progress;
    progress.stable_revision =
        revision_of(stable.image, stable.image_id, stable.spec_hash, stable.files_hash);
    progress.filled = {{"vectis-postfix-files-f1", "t0"}};
    progress.generation = 1;
    return progress;
}

ProbeView ready_since(Time since) {
    return {
        .is_known = true,
        .is_ready = true,
        .ready_since = since,
        .failures = 0,
        .message = "220 mail"
    };
}

std::vector<std::string> texts(const WorkloadPlan& plan) {
    std::vector<std::string> out;
    for (const WorkloadAction& action : plan.actions) out.push_back(to_text(action));
    return out;
}

using Texts = std::vector<std::string>;

TEST(WorkloadPlan, MakesTheImageReadyBeforeAnythingElse) {
    DesiredWorkload desired = desired_postfix();
    desired.image_id.clear();
    const WorkloadPlan plan = plan_workload(desired, world_with({}), {}, "vectis", now);
    EXPECT_EQ(texts(plan), Texts{"make ready image vectis/postfix:1"});
    EXPECT_EQ(plan.phase, WorkloadPhase::progressing);
}

TEST(WorkloadPlan, FillsTheFilesBeforeItCreatesAndStarts) {
    ObservedWorkload observed = world_with({});
    observed.volumes.clear();
    const WorkloadPlan plan = plan_workload(desired_postfix(), observed, {}, "vectis", now);
    EXPECT_EQ(
        texts(plan),
        (Texts{
            "create volume vectis-postfix-files-f1",
            "fill volume vectis-postfix-files-f1",
            "create container vectis-postfix-1",
            "start container vectis-postfix-1"
        })
    );
}

TEST(WorkloadPlan, FillsAVolumeAgainThatWasMadeAnewBySomebodyElse) {
    ObservedWorkload observed = world_with({});
    observed.volumes["vectis-postfix-files-f1"].created_at = "t9";
    const WorkloadPlan plan =
        plan_workload(desired_postfix(), observed, progress_with(desired_postfix()), "vectis", now);
    EXPECT_EQ(texts(plan).front(), "fill volume vectis-postfix-files-f1");
}

TEST(WorkloadPlan, WaitsForANetworkThatIsNotThere) {
    ObservedWorkload observed = world_with({});
    observed.networks.clear();
    const WorkloadPlan plan = plan_workload(desired_postfix(), observed, {}, "vectis", now);
    EXPECT_TRUE(plan.actions.empty());
    EXPECT_EQ(plan.reason, "WaitingForDependency");
}

TEST(WorkloadPlan, DoesNothingWhenAllIsAsDeclared) {
    const DesiredWorkload desired = desired_postfix();
    ObservedContainer container = container_of(desired, 1, ContainerState::running);
    container.probe = ready_since(now - seconds(60));
    container.container.restart_policy = docker::RestartPolicy::unless_stopped;
    const WorkloadPlan plan =
        plan_workload(desired, world_with({container}), progress_with(desired), "vectis", now);
    EXPECT_TRUE(plan.actions.empty());
    EXPECT_EQ(plan.phase, WorkloadPhase::ready);
}

TEST(WorkloadPlan, CreatesTheNewContainerBeforeItStopsTheOldOneAndKeepsThat) {
    const DesiredWorkload old = desired_postfix("s1");
    const WorkloadPlan plan = plan_workload(
        desired_postfix("s2"),
        world_with({container_of(old, 1, ContainerState::running)}),
        progress_with(old),
        "vectis",
        now
    );
    EXPECT_EQ(
        texts(plan),
        (Texts{
            "create container vectis-postfix-2",
            "set restart policy no on container vectis-postfix-1",
            "stop container vectis-postfix-1",
            "start container vectis-postfix-2"
        })
    );
    EXPECT_EQ(plan.actions.front().cause, "spec: s1 → s2");
}

TEST(WorkloadPlan, KeepsTheOldContainerUntilTheNewOneHasBeenReadyLongEnough) {
    const DesiredWorkload old = desired_postfix("s1");
    const DesiredWorkload desired = desired_postfix("s2");
    ObservedContainer target = container_of(desired, 2, ContainerState::running);
    target.probe = ready_since(now - seconds(4));
    const ObservedWorkload observed =
        world_with({container_of(old, 1, ContainerState::exited), target});
    const WorkloadPlan waiting =
        plan_workload(desired, observed, progress_with(old), "vectis", now);
    EXPECT_TRUE(waiting.actions.empty());
    EXPECT_EQ(waiting.again_after, seconds(1));

    const WorkloadPlan done =
        plan_workload(desired, observed, progress_with(old), "vectis", now + seconds(1));
    EXPECT_EQ(texts(done), Texts{"record as stable container vectis-postfix-2"});
    const WorkloadPlan after =
        plan_workload(desired, observed, progress_with(desired), "vectis", now + seconds(1));
    EXPECT_EQ(
        texts(after),
        (Texts{
            "set restart policy unless-stopped on container vectis-postfix-2",
            "remove container vectis-postfix-1"
        })
    );
    EXPECT_EQ(after.phase, WorkloadPhase::ready);
}

TEST(WorkloadPlan, PutsTheOldContainerBackWhenTheNewOneIsNotReadyInTime) {
    const DesiredWorkload old = desired_postfix("s1");
    const DesiredWorkload desired = desired_postfix("s2");
    ObservedContainer target = container_of(desired, 2, ContainerState::running);
    target.probe = {.is_known = true, .message = "no banner"};
    const ObservedWorkload observed =
        world_with({container_of(old, 1, ContainerState::exited), target});
    EXPECT_TRUE(plan_workload(desired, observed, progress_with(old), "vectis", now + seconds(59))
                    .actions.empty());
    const WorkloadPlan plan =
        plan_workload(desired, observed, progress_with(old), "vectis", now + seconds(60));
    EXPECT_EQ(
        texts(plan),
        (Texts{
            "quarantine the revision of container vectis-postfix-2",
            "stop container vectis-postfix-2",
            "start container vectis-postfix-1",
            "set restart policy unless-stopped on container vectis-postfix-1",
            "remove container vectis-postfix-2"
        })
    );
    EXPECT_EQ(plan.phase, WorkloadPhase::stalled);
    EXPECT_EQ(plan.reason, "ProgressDeadlineExceeded");
}

TEST(WorkloadPlan, TakesTheExitOfTheNewContainerForAVerdictAtOnce) {
    const DesiredWorkload old = desired_postfix("s1");
    const DesiredWorkload desired = desired_postfix("s2");
    ObservedContainer target = container_of(desired, 2, ContainerState::exited);
    target.container.exit_code = 1;
    const WorkloadPlan plan = plan_workload(
        desired,
        world_with({container_of(old, 1, ContainerState::exited), target}),
        progress_with(old),
        "vectis",
        now
    );
    EXPECT_EQ(plan.reason, "ContainerExited");
    EXPECT_EQ(texts(plan)[1], "start container vectis-postfix-1");
}

TEST(WorkloadPlan, DoesNotTryAQuarantinedRevisionAgain) {
    const DesiredWorkload old = desired_postfix("s1");
    const DesiredWorkload desired = desired_postfix("s2");
    WorkloadProgress progress = progress_with(old);
    progress.quarantined_revision =
        revision_of(desired.image, desired.image_id, desired.spec_hash, desired.files_hash);
    progress.quarantine_reason = "ContainerExited";
    ObservedContainer serving = container_of(old, 1, ContainerState::running);
    serving.probe = ready_since(now - seconds(60));
    serving.container.restart_policy = docker::RestartPolicy::unless_stopped;
    const WorkloadPlan plan =
        plan_workload(desired, world_with({serving}), progress, "vectis", now);
    EXPECT_TRUE(plan.actions.empty());
    EXPECT_EQ(plan.phase, WorkloadPhase::stalled);
    EXPECT_EQ(plan.serving, "vectis-postfix-1");
}

TEST(WorkloadPlan, ReconnectsWithTheAlias) {
    const DesiredWorkload desired = desired_postfix();
    ObservedContainer container = container_of(desired, 1, ContainerState::running);
    container.container.networks.clear();
    EXPECT_EQ(
        texts(plan_workload(desired, world_with({container}), progress_with(desired), "vectis", now)
        ),
        Texts{"connect container vectis-postfix-1 to network mail"}
    );
    container.container.networks["vectis-mail"] = {.network_id = "net1", .aliases = {}};
    EXPECT_EQ(
        texts(plan_workload(desired, world_with({container}), progress_with(desired), "vectis", now)
        ),
        Texts{"reconnect container vectis-postfix-1 to network mail"}
    );
}

TEST(WorkloadPlan, StartsAStoppedContainerWithinItsBudgetOnly) {
    const DesiredWorkload desired = desired_postfix();
    const ObservedWorkload observed =
        world_with({container_of(desired, 1, ContainerState::exited)});
    WorkloadProgress progress = progress_with(desired);
    EXPECT_EQ(
        texts(plan_workload(desired, observed, progress, "vectis", now)),
        Texts{"start container vectis-postfix-1"}
    );
    for (int i = 0; i < 5; ++i) progress.restarts.push_back(now - seconds(10));
    const WorkloadPlan plan = plan_workload(desired, observed, progress, "vectis", now);
    EXPECT_TRUE(plan.actions.empty());
    EXPECT_EQ(plan.reason, "RestartBudgetExceeded");
    EXPECT_EQ(plan.again_after, seconds(50));
    EXPECT_FALSE(
        plan_workload(desired, observed, progress, "vectis", now + seconds(50)).actions.empty()
    );
}

TEST(WorkloadPlan, UnpausesAPausedContainer) {
    const DesiredWorkload desired = desired_postfix();
    const ObservedWorkload observed =
        world_with({container_of(desired, 1, ContainerState::paused)});
    EXPECT_EQ(
        texts(plan_workload(desired, observed, progress_with(desired), "vectis", now)),
        Texts{"unpause container vectis-postfix-1"}
    );
}

TEST(WorkloadPlan, MakesAContainerAnewWhoseNetworkWasMadeAnew) {
    const DesiredWorkload desired = desired_postfix();
    ObservedWorkload observed = world_with({container_of(desired, 1, ContainerState::exited)});
    observed.networks["vectis-mail"] = "net2";
    EXPECT_EQ(
        texts(plan_workload(desired, observed, progress_with(desired), "vectis", now)),
        Texts{"remove container vectis-postfix-1"}
    );
}

TEST(WorkloadPlan, RemovesWhatAGivenUpChangeLeftBehind) {
    const DesiredWorkload desired = desired_postfix("s1");
    ObservedContainer serving = container_of(desired, 1, ContainerState::running);
    serving.probe = ready_since(now - seconds(60));
    serving.container.restart_policy = docker::RestartPolicy::unless_stopped;
    const ObservedContainer abandoned =
        container_of(desired_postfix("s7"), 2, ContainerState::created);
    EXPECT_EQ(
        texts(plan_workload(
            desired, world_with({serving, abandoned}), progress_with(desired), "vectis", now
        )),
        Texts{"remove container vectis-postfix-2"}
    );
}

TEST(WorkloadPlan, KeepsTheContainerWhenTheImageWasRemovedFromTheEngine) {
    DesiredWorkload desired = desired_postfix();
    ObservedContainer serving = container_of(desired, 1, ContainerState::running);
    serving.probe = ready_since(now - seconds(60));
    serving.container.restart_policy = docker::RestartPolicy::unless_stopped;
    desired.image_id.clear();
    const WorkloadPlan plan = plan_workload(
        desired, world_with({serving}), progress_with(desired_postfix()), "vectis", now
    );
    EXPECT_TRUE(plan.actions.empty());
    EXPECT_EQ(plan.phase, WorkloadPhase::ready);
}

TEST(WorkloadPlan, RemovesEverythingOfADeletedWorkload) {
    DesiredWorkload desired = desired_postfix();
    desired.is_deleted = true;
    const WorkloadPlan plan = plan_workload(
        desired,
        world_with({container_of(desired, 1, ContainerState::running)}),
        progress_with(desired),
        "vectis",
        now
    );
    EXPECT_EQ(
        texts(plan),
        (Texts{
            "set restart policy no on container vectis-postfix-1",
            "stop container vectis-postfix-1",
            "remove container vectis-postfix-1",
            "remove volume vectis-postfix-files-f1"
        })
    );
    ObservedWorkload nothing;
    EXPECT_TRUE(plan_workload(desired, nothing, {}, "vectis", now).is_gone);
}

/// Whatever the order in which the engine lists containers, the plan is the same.
TEST(WorkloadPlan, IsSafeToStopAfterEveryActionOfAReplacement) {
    const DesiredWorkload old = desired_postfix("s1");
    const DesiredWorkload desired = desired_postfix("s2");
    const std::vector<std::vector<ObservedContainer>> cuts = {
        {container_of(old, 1, ContainerState::running)},
        {container_of(old, 1, ContainerState::running),
         container_of(desired, 2, ContainerState::created)},
        {container_of(old, 1, ContainerState::exited),
         container_of(desired, 2, ContainerState::created)},
    };
    for (const std::vector<ObservedContainer>& cut : cuts) {
        const WorkloadPlan plan =
            plan_workload(desired, world_with(cut), progress_with(old), "vectis", now);
        ASSERT_FALSE(plan.actions.empty());
        EXPECT_EQ(to_text(plan.actions.back()), "start container vectis-postfix-2");
        for (const WorkloadAction& action : plan.actions)
            EXPECT_NE(action.verb, WorkloadVerb::remove_container);
    }
}

/// A proven container, its successor in trial, and what a third declaration makes of them.
struct Trial {
    DesiredWorkload old = desired_postfix("s1");
    DesiredWorkload next = desired_postfix("s2");
    WorkloadProgress progress = progress_with(old);

    ObservedWorkload world(ContainerState proven, ContainerState target) const {
        return world_with({container_of(old, 1, proven), container_of(next, 2, target)});
    }
    WorkloadPlan plan(const DesiredWorkload& desired, const ObservedWorkload& observed) const {
        return plan_workload(desired, observed, progress, "vectis", now);
    }
};

TEST(WorkloadPlan, HealsTheProvenContainerWhileAnImageIsMadeReady) {
    Trial trial;
    trial.next.image_id.clear();
    trial.next.stable_spec = trial.old.spec;
    ObservedContainer stopped = container_of(trial.old, 1, ContainerState::exited);
    EXPECT_EQ(
        texts(trial.plan(trial.next, world_with({stopped}))),
        (Texts{"make ready image vectis/postfix:1", "start container vectis-postfix-1"})
    );
    stopped.container.state = ContainerState::paused;
    EXPECT_EQ(
        texts(trial.plan(trial.next, world_with({stopped}))).back(),
        "unpause container vectis-postfix-1"
    );
}

TEST(WorkloadPlan, HealsTheProvenContainerAsItWasDeclaredThen) {
    Trial trial;
    trial.next.image_id.clear();
    trial.next.stable_spec = trial.old.spec;
    trial.next.spec.networks.push_back({.network = "data", .aliases = {"postfix"}});
    trial.next.networks["data"] = "vectis-data";
    ObservedWorkload observed = world_with({container_of(trial.old, 1, ContainerState::exited)});
    observed.networks["vectis-data"] = "net2";
    EXPECT_EQ(
        texts(trial.plan(trial.next, observed)),
        (Texts{"make ready image vectis/postfix:1", "start container vectis-postfix-1"})
    );
}

TEST(WorkloadPlan, GoesBackToTheProvenContainerWhenAThirdChangeIsNotInHand) {
    Trial trial;
    DesiredWorkload third = desired_postfix("s3");
    third.image_id.clear();
    EXPECT_EQ(
        texts(trial.plan(third, trial.world(ContainerState::exited, ContainerState::running))),
        (Texts{
            "make ready image vectis/postfix:1",
            "set restart policy no on container vectis-postfix-2",
            "stop container vectis-postfix-2",
            "start container vectis-postfix-1"
        })
    );
}

TEST(WorkloadPlan, StopsATrialThatWasGivenUpBeforeItStartsTheNext) {
    const Trial trial;
    EXPECT_EQ(
        texts(trial.plan(
            desired_postfix("s3"), trial.world(ContainerState::exited, ContainerState::running)
        )),
        (Texts{
            "create container vectis-postfix-3",
            "set restart policy no on container vectis-postfix-2",
            "stop container vectis-postfix-2",
            "start container vectis-postfix-3"
        })
    );
}

TEST(WorkloadPlan, StopsAProvenContainerThatSomebodyStartedDuringTheTrial) {
    const Trial trial;
    EXPECT_EQ(
        texts(trial.plan(trial.next, trial.world(ContainerState::running, ContainerState::running))
        ),
        (Texts{
            "set restart policy no on container vectis-postfix-1", "stop container vectis-postfix-1"
        })
    );
}

TEST(WorkloadPlan, DoesNotCondemnATrialThatNobodyHasAskedYet) {
    Trial trial;
    ObservedWorkload observed = trial.world(ContainerState::exited, ContainerState::running);
    docker::Container& target = observed.containers[1].container;
    target.started_at = now - std::chrono::hours(1);
    EXPECT_TRUE(trial.plan(trial.next, observed).actions.empty());
    ProbeView& probe = observed.containers[1].probe;
    probe = {.is_known = true, .asked_since = now - seconds(59), .failures = 99};
    EXPECT_TRUE(trial.plan(trial.next, observed).actions.empty());
    probe.asked_since = now - seconds(60);
    EXPECT_EQ(trial.plan(trial.next, observed).reason, "ProgressDeadlineExceeded");
}

TEST(WorkloadPlan, AttachesATrialThatWasMadeWithoutItsNetwork) {
    const Trial trial;
    ObservedWorkload observed = trial.world(ContainerState::running, ContainerState::created);
    observed.containers[1].container.networks.clear();
    EXPECT_EQ(
        texts(trial.plan(trial.next, observed)).front(),
        "connect container vectis-postfix-2 to network mail"
    );
}

TEST(WorkloadPlan, KeepsAContainerWhoseTagMeansAnotherImageNow) {
    DesiredWorkload desired = desired_postfix();
    ObservedContainer container = container_of(desired, 1, ContainerState::running);
    container.probe = ready_since(now);
    container.container.restart_policy = docker::RestartPolicy::unless_stopped;
    const WorkloadProgress progress = progress_with(desired);
    desired.image_id = "sha256:pulled";
    const WorkloadPlan plan =
        plan_workload(desired, world_with({container}), progress, "vectis", now);
    EXPECT_TRUE(plan.actions.empty());
    EXPECT_EQ(plan.phase, WorkloadPhase::ready);
}

TEST(WorkloadPlan, EndsDockersOwnRestartsWhenTheBudgetIsSpent) {
    const DesiredWorkload desired = desired_postfix();
    WorkloadProgress progress = progress_with(desired);
    progress.restarts.assign(5, now - seconds(2));
    ObservedContainer container = container_of(desired, 1, ContainerState::restarting);
    container.container.restart_policy = docker::RestartPolicy::unless_stopped;
    const WorkloadPlan plan =
        plan_workload(desired, world_with({container}), progress, "vectis", now);
    EXPECT_EQ(texts(plan), Texts{"set restart policy no on container vectis-postfix-1"});
    EXPECT_EQ(plan.reason, "RestartBudgetExceeded");
    EXPECT_EQ(plan.phase, WorkloadPhase::stalled);
}

TEST(WorkloadPlan, SaysNothingNewOfAContainerThatServedBeforeThisController) {
    const DesiredWorkload desired = desired_postfix();
    WorkloadProgress progress = progress_with(desired);
    const ObservedContainer container = container_of(desired, 1, ContainerState::running);
    EXPECT_EQ(
        plan_workload(desired, world_with({container}), progress, "vectis", now).phase,
        WorkloadPhase::progressing
    );
    progress.served = start_of(container.container);
    EXPECT_EQ(
        plan_workload(desired, world_with({container}), progress, "vectis", now).phase,
        WorkloadPhase::unknown
    );
}

TEST(WorkloadPlan, RepairsBeforeItSwapsLiveFiles) {
    DesiredWorkload desired = desired_postfix();
    WorkloadProgress progress = progress_with(desired);
    desired.live_hash = "l2";
    desired.live_volume = "vectis-postfix-live";
    progress.live_hash = "l1";
    progress.filled["vectis-postfix-live"] = "t0";
    ObservedContainer container = container_of(desired, 1, ContainerState::running);
    container.container.networks.clear();
    ObservedWorkload observed = world_with({container});
    observed.volumes["vectis-postfix-live"] = {.name = "vectis-postfix-live", .created_at = "t0"};
    EXPECT_EQ(
        texts(plan_workload(desired, observed, progress, "vectis", now)),
        Texts{"connect container vectis-postfix-1 to network mail"}
    );
    observed.containers[0] = container_of(desired, 1, ContainerState::running);
    observed.containers[0].probe = ready_since(now);
    observed.containers[0].container.restart_policy = docker::RestartPolicy::unless_stopped;
    const WorkloadPlan plan = plan_workload(desired, observed, progress, "vectis", now);
    EXPECT_EQ(texts(plan), Texts{"swap live files of container vectis-postfix-1"});
    EXPECT_EQ(plan.phase, WorkloadPhase::progressing);  // what is declared is not there yet
}

}  // namespace
}  // namespace vectis::reconcilers
