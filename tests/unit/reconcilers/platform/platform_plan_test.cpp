#include "reconcilers/platform/platform_plan.hpp"

#include "resources/condition.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vectis::reconcilers {
namespace {

using resources::Object;
using resources::ObjectKey;

Object object(const std::string& kind, const std::string& name, int size) {
    Object out{.api_version = "platform.vectis.dev/v1", .kind = kind};
    out.metadata.name = name;
    out.spec = {{"size", size}};
    return out;
}

Expansion expansion(const std::vector<Wave>& waves) {
    return {waves, hash_of(waves)};
}

/// Two waves: a network and a store, then what uses them.
std::vector<Wave> waves_of(int store, int front) {
    return {
        {"first", {object("Network", "data", 1), object("Workload", "store", store)}},
        {"second", {object("Workload", "front", front)}}
    };
}

Object in_state(Object child, const char* condition) {
    child.metadata.generation = 1;
    resources::set_condition(
        child.status, {condition, resources::ConditionStatus::yes, "Reason", "its message", 1, "t"}
    );
    resources::set_condition(
        child.status,
        {"Ready",
         std::string_view(condition) == "Ready" ? resources::ConditionStatus::yes
                                                : resources::ConditionStatus::no,
         "Reason",
         "its message",
         1,
         "t"}
    );
    return child;
}

Children children_of(const std::vector<Wave>& waves) {
    Children out;
    for (const Wave& wave : waves) {
        for (const Object& child : wave.objects)
            out[resources::key_of(child)] = in_state(child, "Ready");
    }
    return out;
}

RolloutProgress stable_at(const std::vector<Wave>& waves) {
    RolloutProgress progress{.stable = hash_of(waves)};
    for (const Wave& wave : waves)
        progress.stable_children.insert(
            progress.stable_children.end(), wave.objects.begin(), wave.objects.end()
        );
    return progress;
}

Object platform() {
    return object("Platform", "default", 0);
}

std::vector<std::string> texts(const PlatformPlan& plan) {
    std::vector<std::string> out;
    for (const ChildAction& action : plan.actions) out.push_back(to_text(action));
    return out;
}

using Texts = std::vector<std::string>;
const ObjectKey front{"Workload", "", "front"};
const ObjectKey store{"Workload", "", "store"};

TEST(PlatformPlan, DeclaresEverythingAtOnceAtFirst) {
    const PlatformPlan plan = plan_platform(platform(), expansion(waves_of(1, 1)), {}, {});
    EXPECT_EQ(
        texts(plan),
        (Texts{"declare Network/data", "declare Workload/store", "declare Workload/front"})
    );
    EXPECT_EQ(plan.phase, PlatformPhase::progressing);
}

TEST(PlatformPlan, RecordsWhatIsReadyAsAWhole) {
    const PlatformPlan plan =
        plan_platform(platform(), expansion(waves_of(1, 1)), children_of(waves_of(1, 1)), {});
    EXPECT_EQ(texts(plan), Texts{"record the platform as stable"});
    EXPECT_EQ(plan.phase, PlatformPhase::ready);
}

TEST(PlatformPlan, ChangesALaterWaveWhenTheOneBeforeItIsReady) {
    const RolloutProgress progress = stable_at(waves_of(1, 1));
    const Expansion wanted = expansion(waves_of(2, 2));
    Children children = children_of(waves_of(1, 1));
    EXPECT_EQ(
        texts(plan_platform(platform(), wanted, children, progress)), Texts{"change Workload/store"}
    );
    children[store] = in_state(object("Workload", "store", 2), "Reconciling");
    EXPECT_TRUE(plan_platform(platform(), wanted, children, progress).actions.empty());
    children[store] = in_state(object("Workload", "store", 2), "Ready");
    EXPECT_EQ(
        texts(plan_platform(platform(), wanted, children, progress)), Texts{"change Workload/front"}
    );
}

TEST(PlatformPlan, GoesBackInEveryWaveAndEveryKindWhenOneStalls) {
    std::vector<Wave> next = waves_of(2, 2);
    next[0].objects[0].spec["size"] = 9;                    // the network, too
    next[0].objects.push_back(object("Secret", "new", 1));  // brought by the change
    next[0].objects.push_back(object("Workload", "helper", 1));
    Children children = children_of(next);
    children[front] = in_state(object("Workload", "front", 2), "Stalled");
    const PlatformPlan plan =
        plan_platform(platform(), expansion(next), children, stable_at(waves_of(1, 1)));
    EXPECT_EQ(
        texts(plan),
        (Texts{
            "quarantine the rollout",
            "delete Workload/helper",
            "take back Workload/front",
            "take back Workload/store",
            "take back Network/data"
        })
    );
    for (const ChildAction& action : plan.actions) {
        if (action.verb == ChildVerb::revert) {
            EXPECT_EQ(action.child.spec.at("size"), 1);
        }
    }
    EXPECT_EQ(plan.phase, PlatformPhase::stalled);
    EXPECT_NE(plan.message.find("Workload/front: its message"), std::string::npos);
}

TEST(PlatformPlan, MakesAgainWhatTheFailedChangeRemoved) {
    RolloutProgress progress = stable_at(waves_of(1, 1));
    const Expansion wanted = expansion(waves_of(2, 2));
    progress.quarantined = wanted.hash;
    progress.failure = "it failed";
    Children children = children_of(waves_of(1, 1));
    children.erase(front);
    EXPECT_EQ(
        texts(plan_platform(platform(), wanted, children, progress)),
        Texts{"declare Workload/front"}
    );
}

TEST(PlatformPlan, LeavesAQuarantinedRolloutAloneUntilAnotherTry) {
    RolloutProgress progress = stable_at(waves_of(1, 1));
    const Expansion wanted = expansion(waves_of(2, 2));
    progress.quarantined = wanted.hash;
    progress.failure = "it failed";
    const Children children = children_of(waves_of(1, 1));
    const PlatformPlan plan = plan_platform(platform(), wanted, children, progress);
    EXPECT_TRUE(plan.actions.empty());
    EXPECT_EQ(plan.reason, "RolloutFailed");
    EXPECT_NE(plan.message.find("it failed"), std::string::npos);
    progress.quarantined.clear();  // declared once more
    EXPECT_EQ(
        texts(plan_platform(platform(), wanted, children, progress)), Texts{"change Workload/store"}
    );
}

TEST(PlatformPlan, DoesNotTakeBackWhatFailsWithoutAChange) {
    Children children = children_of(waves_of(1, 1));
    children[store] = in_state(object("Workload", "store", 1), "Stalled");
    const PlatformPlan plan =
        plan_platform(platform(), expansion(waves_of(1, 1)), children, stable_at(waves_of(1, 1)));
    EXPECT_TRUE(plan.actions.empty());
    EXPECT_EQ(plan.reason, "ComponentStalled");
}

TEST(PlatformPlan, IsNeitherCondemnedNorHeldUpByWhatItLeavesAlone) {
    const RolloutProgress progress = stable_at(waves_of(1, 1));
    const Expansion wanted = expansion(waves_of(1, 2));
    Children children = children_of(waves_of(1, 1));
    children[store] = in_state(object("Workload", "store", 1), "Stalled");
    EXPECT_EQ(
        texts(plan_platform(platform(), wanted, children, progress)), Texts{"change Workload/front"}
    );
    children[front] = in_state(object("Workload", "front", 2), "Ready");
    const PlatformPlan plan = plan_platform(platform(), wanted, children, progress);
    EXPECT_TRUE(plan.actions.empty()) << "not stable before all are ready";
    EXPECT_EQ(plan.reason, "ComponentStalled");
    EXPECT_NE(plan.message.find("Workload/store"), std::string::npos);
    children[front] = in_state(object("Workload", "front", 2), "Stalled");
    EXPECT_EQ(
        texts(plan_platform(platform(), wanted, children, progress)),
        (Texts{"quarantine the rollout", "take back Workload/front"})
    );
}

TEST(PlatformPlan, CondemnsNoChangeThatIsNotWrittenYet) {
    const RolloutProgress progress = stable_at(waves_of(1, 1));
    Children children = children_of(waves_of(1, 1));
    children[store] = in_state(object("Workload", "store", 1), "Stalled");
    EXPECT_EQ(
        texts(plan_platform(platform(), expansion(waves_of(2, 1)), children, progress)),
        Texts{"change Workload/store"}
    );
}

TEST(PlatformPlan, RemovesLastWavesFirst) {
    Object deleted = platform();
    deleted.metadata.deletion_timestamp = "t";
    Children children = children_of(waves_of(1, 1));
    const Expansion wanted = expansion(waves_of(1, 1));
    EXPECT_EQ(texts(plan_platform(deleted, wanted, children, {})), Texts{"delete Workload/front"});
    children.erase(front);
    EXPECT_EQ(texts(plan_platform(deleted, wanted, children, {})).size(), 2U);
    EXPECT_TRUE(plan_platform(deleted, wanted, {}, {}).is_gone);
}

/// Whatever subset of a rollback was written before the controller was lost, the rest follows.
TEST(PlatformPlan, ConvergesFromEveryPrefixOfARollback) {
    RolloutProgress progress = stable_at(waves_of(1, 1));
    const Expansion wanted = expansion(waves_of(2, 2));
    Children failed = children_of(waves_of(2, 2));
    failed[front] = in_state(object("Workload", "front", 2), "Stalled");
    const std::size_t count = plan_platform(platform(), wanted, failed, progress).actions.size();
    ASSERT_EQ(count, 3U);
    for (std::size_t done = 1; done <= count; ++done) {
        Children children = failed;
        RolloutProgress saved = progress;
        saved.quarantined = wanted.hash;  // the first action
        const auto perform = [&children](const ChildAction& action) {
            children[resources::key_of(action.child)].spec = action.child.spec;
        };
        const PlatformPlan first = plan_platform(platform(), wanted, failed, progress);
        for (std::size_t i = 1; i < done; ++i) perform(first.actions[i]);
        for (const ChildAction& action : plan_platform(platform(), wanted, children, saved).actions)
            perform(action);
        EXPECT_EQ(children[store].spec.at("size"), 1) << done;
        EXPECT_EQ(children[front].spec.at("size"), 1) << done;
    }
}

}  // namespace
}  // namespace vectis::reconcilers
