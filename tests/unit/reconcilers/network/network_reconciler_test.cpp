#include "reconcilers/network/network_reconciler.hpp"

#include "reconcilers/core/refused.hpp"
#include "tests/support/reconciler_world.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace vectis::reconcilers {
namespace {

using vectis::test::ReconcilerWorld;

class NetworkReconcilerTest : public testing::Test {
protected:
    void reconcile(int times = 4) {
        for (int i = 0; i < times; ++i) (void)reconciler_.reconcile(key_, {});
    }
    void declare(const boost::json::object& spec) {
        resources::Object object = *world_.store.get(key_);
        object.spec = spec;
        ASSERT_TRUE(world_.store.update(object));
    }
    std::string subnet() {
        const auto network = world_.engine.inspect_network("vectis-data", {});
        return network ? network->subnet : "";
    }
    /// The state of the conditions: "Ready", or Type and reason.
    std::string state() {
        const resources::Object object = *world_.store.get(key_);
        if (world_.is_ready(key_)) return "Ready";
        for (const resources::Condition& one : resources::conditions_of(object.status)) {
            if (one.type != "Ready" && one.status == resources::ConditionStatus::yes)
                return one.type + ' ' + one.reason;
        }
        return "nothing said";
    }
    void make_foreign(const std::string& name, const std::string& subnet) {
        ASSERT_TRUE(world_.engine.create_network({.name = name, .subnet = subnet}, {}));
    }

    ReconcilerWorld world_;
    NetworkReconciler reconciler_{world_.seams, world_.cache};
    resources::ObjectKey key_ = world_.create("Network", "data", {{"subnet", "172.31.7.0/24"}});
};

TEST_F(NetworkReconcilerTest, MakesItsNetworkAndMakesItAgain) {
    reconcile();
    EXPECT_EQ(state(), "Ready");
    EXPECT_EQ(subnet(), "172.31.7.0/24");
    ASSERT_TRUE(world_.engine.remove_network("vectis-data", {}));
    world_.cache.hear("");
    reconcile();
    EXPECT_EQ(state(), "Ready");
    EXPECT_EQ(subnet(), "172.31.7.0/24");
}

TEST_F(NetworkReconcilerTest, LeavesAForeignNetworkOfItsNameAlone) {
    make_foreign("vectis-data", "10.1.0.0/24");
    reconcile();
    EXPECT_EQ(state(), "Stalled NameConflict");
    EXPECT_EQ(subnet(), "10.1.0.0/24");
}

TEST_F(NetworkReconcilerTest, KeepsTheOldOneWhenTheNewSubnetIsTaken) {
    reconcile();
    make_foreign("somebody", "172.31.9.0/24");
    declare({{"subnet", "172.31.9.0/24"}});
    EXPECT_THROW(reconcile(1), ActionRefused);
    EXPECT_EQ(state(), "Reconciling EngineRefused") << "one refusal is no reason to give up";
    EXPECT_EQ(subnet(), "172.31.7.0/24");
    world_.clock.advance(refusal_patience);
    EXPECT_THROW(reconcile(1), ActionRefused);
    EXPECT_EQ(state(), "Stalled EngineRefused");
    EXPECT_EQ(subnet(), "172.31.7.0/24");
    ASSERT_TRUE(world_.engine.remove_network("somebody", {}));
    reconcile();
    EXPECT_EQ(state(), "Ready");
    EXPECT_EQ(subnet(), "172.31.9.0/24");
}

TEST_F(NetworkReconcilerTest, RemovesATrialThatALostControllerLeft) {
    reconcile();
    const resources::Object object = *world_.store.get(key_);
    ASSERT_TRUE(world_.engine.create_network(
        {.name = trial_name("vectis-data"),
         .subnet = "172.31.8.0/24",
         .labels = labels_for(world_.seams.identity, object)},
        {}
    ));
    world_.cache.hear("");
    reconcile();
    EXPECT_FALSE(world_.engine.inspect_network(trial_name("vectis-data"), {}));
    EXPECT_EQ(state(), "Ready");
}

TEST_F(NetworkReconcilerTest, GoesWithItsObject) {
    reconcile();
    ASSERT_TRUE(world_.store.remove(key_, {}));
    reconcile();
    EXPECT_FALSE(world_.store.get(key_));
    EXPECT_EQ(subnet(), "");
}

}  // namespace
}  // namespace vectis::reconcilers
