#include "reconcilers/workload/workload_plan.hpp"

#include "reconcilers/workload/workload_heal.hpp"
#include "tests/unit/reconcilers/workload/workload_builders.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

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

/// The cause of the first action when `desired` replaces what `old` was made into.
std::string cause_of_change(const DesiredWorkload& old, const DesiredWorkload& desired) {
    const WorkloadPlan plan = plan_workload(
        desired,
        world_with({container_of(old, 1, ContainerState::running)}),
        progress_with(old),
        "vectis",
        now
    );
    return plan.actions.empty() ? "" : plan.actions.front().cause;
}

TEST(WorkloadPlan, NamesTheFieldsForWhichAContainerIsReplaced) {
    const DesiredWorkload old = desired_postfix("s1");
    DesiredWorkload desired = desired_postfix("s2");
    desired.image = "vectis/postfix:2";
    desired.stable_spec = desired.spec;
    desired.changes = {{"limits.memoryMiB", "256", "512"}};
    EXPECT_EQ(
        cause_of_change(old, desired),
        "image: vectis/postfix:1 → vectis/postfix:2; limits.memoryMiB: 256 → 512"
    );
}

TEST(WorkloadPlan, SaysThatASecretInTheFilesHasChangedAndShowsNoValue) {
    const DesiredWorkload old = desired_postfix("s1");
    DesiredWorkload desired = old;
    desired.files_hash = "f2";
    EXPECT_EQ(cause_of_change(old, desired), "files: f1 → f2");
    desired.stable_spec = desired.spec;
    EXPECT_EQ(cause_of_change(old, desired), "files: the value of a secret in them has changed");
}

TEST(WorkloadPlan, SaysThatADeadContainerIsReplacedForThat) {
    const DesiredWorkload desired = desired_postfix("s1");
    const WorkloadPlan plan = plan_workload(
        desired,
        world_with({container_of(desired, 1, ContainerState::dead)}),
        progress_with(desired),
        "vectis",
        now
    );
    ASSERT_FALSE(plan.actions.empty());
    EXPECT_EQ(plan.actions.front().cause, "vectis-postfix-1 is dead");
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

TEST(WorkloadPlan, GivesTheProvenContainerItsLiveFilesBackWhenAChangeFailed) {
    const DesiredWorkload old = desired_postfix("s1");
    DesiredWorkload desired = desired_postfix("s2");
    desired.live_hash = "old";  // of what served before
    desired.live_volume = "vectis-postfix-live";
    WorkloadProgress progress = progress_with(old);
    progress.filled["vectis-postfix-live"] = "t0";
    progress.live_hash = "new";  // the change brought them before it failed
    progress.quarantined_revision =
        revision_of(desired.image, desired.image_id, desired.spec_hash, desired.files_hash);
    ObservedContainer serving = container_of(old, 1, ContainerState::running);
    serving.probe = ready_since(now - seconds(60));
    serving.container.restart_policy = docker::RestartPolicy::unless_stopped;
    ObservedWorkload observed = world_with({serving});
    observed.volumes["vectis-postfix-live"] = {.name = "vectis-postfix-live", .created_at = "t0"};
    const WorkloadPlan plan = plan_workload(desired, observed, progress, "vectis", now);
    EXPECT_EQ(texts(plan), Texts{"swap live files of container vectis-postfix-1"});
    EXPECT_EQ(plan.phase, WorkloadPhase::stalled);
    progress.live_hash = "old";
    EXPECT_TRUE(plan_workload(desired, observed, progress, "vectis", now).actions.empty());
}

TEST(WorkloadPlan, WaitsForANetworkThatIsBeingChanged) {
    DesiredWorkload desired = desired_postfix();
    desired.changing_networks = {"mail"};
    ObservedContainer container = container_of(desired, 1, ContainerState::running);
    container.container.networks.clear();
    const WorkloadPlan taken_off =
        plan_workload(desired, world_with({container}), progress_with(desired), "vectis", now);
    EXPECT_TRUE(taken_off.actions.empty());
    EXPECT_EQ(taken_off.message, "network mail is being changed");
    EXPECT_TRUE(taken_off.again_after);
    const WorkloadPlan fresh =
        plan_workload(desired, world_with({}), progress_with(desired), "vectis", now);
    EXPECT_TRUE(fresh.actions.empty()) << "it would be judged by what goes away";
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

/// A create whose answer was lost came to be when another had been made in its place.
TEST(WorkloadPlan, RemovesASecondContainerOfTheRevisionThatServes) {
    const DesiredWorkload desired = desired_postfix("s1");
    const ObservedContainer serving = container_of(desired, 2, ContainerState::running);
    for (const int late : {1, 3}) {
        std::vector<ObservedContainer> both{
            serving, container_of(desired, late, ContainerState::created)
        };
        if (late == 1) std::swap(both[0], both[1]);
        const WorkloadPlan plan =
            plan_workload(desired, world_with(both), progress_with(desired), "vectis", now);
        const std::string name = "vectis-postfix-" + std::to_string(late);
        for (const WorkloadAction& action : plan.actions) {
            EXPECT_NE(action.verb, WorkloadVerb::record_stable);
            EXPECT_NE(action.verb, WorkloadVerb::stop);
        }
        ASSERT_FALSE(plan.actions.empty());
        EXPECT_EQ(to_text(plan.actions.back()), "remove container " + name);
    }
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
