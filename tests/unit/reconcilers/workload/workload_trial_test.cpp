#include "reconcilers/workload/workload_plan.hpp"
#include "tests/unit/reconcilers/workload/workload_builders.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

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

TEST(WorkloadPlan, RestartsNothingForWhatSomebodyHasToBring) {
    const DesiredWorkload desired = desired_postfix();
    ObservedContainer current = container_of(desired, 1, ContainerState::running);
    current.container.restart_policy = docker::RestartPolicy::unless_stopped;
    current.probe = {
        .is_known = true, .failures = 900, .message = "no signatures", .lack = "NoSignatures"
    };
    for (const seconds passed : {seconds(0), seconds(3600)}) {
        const WorkloadPlan plan = plan_workload(
            desired, world_with({current}), progress_with(desired), "vectis", now + passed
        );
        EXPECT_EQ(texts(plan), Texts{});
        EXPECT_EQ(plan.phase, WorkloadPhase::stalled);
        EXPECT_EQ(plan.reason, "NoSignatures");
        EXPECT_EQ(plan.message, "no signatures");
    }
}

TEST(WorkloadPlan, PutsTheOldContainerBackAtOnceWhenTheNewOneLacksSomething) {
    const DesiredWorkload old = desired_postfix("s1");
    const DesiredWorkload desired = desired_postfix("s2");
    ObservedContainer target = container_of(desired, 2, ContainerState::running);
    target.probe = {.is_known = true, .message = "no signatures", .lack = "NoSignatures"};
    const WorkloadPlan plan = plan_workload(
        desired,
        world_with({container_of(old, 1, ContainerState::exited), target}),
        progress_with(old),
        "vectis",
        now
    );
    EXPECT_EQ(plan.reason, "NoSignatures");
    EXPECT_EQ(plan.message, "vectis-postfix-2: no signatures; vectis-postfix-1 serves again");
    EXPECT_EQ(texts(plan)[2], "start container vectis-postfix-1");
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

}  // namespace
}  // namespace vectis::reconcilers
