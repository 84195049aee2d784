#include "reconcilers/network/network_plan.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

const Identity identity{"inst-1", "vectis"};

DesiredNetwork desired_network() {
    DesiredNetwork desired;
    desired.key = {"Network", "", "data"};
    desired.name = "vectis-data";
    desired.spec.internal = true;
    return desired;
}

docker::Network network_of(const std::string& installation) {
    docker::Network seen;
    seen.id = "n1";
    seen.name = "vectis-data";
    seen.internal = true;
    seen.subnet = "172.20.0.0/16";
    seen.labels = {
        {label::installation, installation},
        {label::kind, "Network"},
        {label::name, "data"},
        {label::uid, "u1"}
    };
    return seen;
}

std::vector<NetworkVerb> verbs(const NetworkPlan& plan) {
    std::vector<NetworkVerb> out;
    for (const NetworkAction& action : plan.actions) out.push_back(action.verb);
    return out;
}

using Verbs = std::vector<NetworkVerb>;

TEST(NetworkPlan, MakesANetworkThatIsMissing) {
    const NetworkPlan plan = plan_network(desired_network(), std::nullopt, identity, {});
    EXPECT_EQ(verbs(plan), Verbs{NetworkVerb::create});
    EXPECT_FALSE(plan.is_ready);
    EXPECT_EQ(to_text(plan.actions[0]), "create network vectis-data");
}

TEST(NetworkPlan, DoesNothingWhenTheNetworkIsAsDeclared) {
    const NetworkPlan plan = plan_network(desired_network(), network_of("inst-1"), identity, {});
    EXPECT_TRUE(plan.actions.empty());
    EXPECT_TRUE(plan.is_ready);
}

TEST(NetworkPlan, NeverTouchesANetworkThatIsNotOurs) {
    for (docker::Network seen : {network_of("inst-2"), docker::Network{.name = "vectis-data"}}) {
        const NetworkPlan plan = plan_network(desired_network(), seen, identity, {});
        EXPECT_TRUE(plan.actions.empty());
        EXPECT_TRUE(plan.is_stalled);
        EXPECT_EQ(plan.reason, "NameConflict");
        DesiredNetwork deleted = desired_network();
        deleted.is_deleted = true;
        const NetworkPlan deletion = plan_network(deleted, seen, identity, {});
        EXPECT_TRUE(deletion.actions.empty());
        EXPECT_TRUE(deletion.is_gone);
    }
}

TEST(NetworkPlan, MakesANetworkAnewWhenItsOptionsDifferAndOnlyOursAreOnIt) {
    docker::Network seen = network_of("inst-1");
    seen.internal = false;
    seen.containers = {{"c1", "vectis-postfix-1"}};
    const NetworkPlan plan = plan_network(desired_network(), seen, identity, {"c1"});
    EXPECT_EQ(
        verbs(plan), (Verbs{NetworkVerb::disconnect, NetworkVerb::remove, NetworkVerb::create})
    );
    EXPECT_EQ(plan.actions[0].container, "c1");
    EXPECT_EQ(plan.message, "internal: false → true");
}

TEST(NetworkPlan, LeavesADifferingNetworkAloneWhileSomebodyElseIsOnIt) {
    docker::Network seen = network_of("inst-1");
    seen.internal = false;
    seen.containers = {{"c1", "vectis-postfix-1"}, {"x9", "stranger"}};
    const NetworkPlan plan = plan_network(desired_network(), seen, identity, {"c1"});
    EXPECT_TRUE(plan.actions.empty());
    EXPECT_TRUE(plan.is_stalled);
    EXPECT_NE(plan.message.find("stranger"), std::string::npos);
}

TEST(NetworkPlan, ComparesTheSubnetOnlyWhenOneIsDeclared) {
    DesiredNetwork desired = desired_network();
    EXPECT_TRUE(plan_network(desired, network_of("inst-1"), identity, {}).is_ready);
    desired.spec.subnet = "172.31.0.0/24";
    EXPECT_EQ(
        verbs(plan_network(desired, network_of("inst-1"), identity, {})),
        (Verbs{NetworkVerb::rehearse, NetworkVerb::remove, NetworkVerb::create})
    );
}

TEST(NetworkPlan, WaitsWithTheRemovalUntilNoContainerIsOnIt) {
    DesiredNetwork desired = desired_network();
    desired.is_deleted = true;
    docker::Network seen = network_of("inst-1");
    seen.containers = {{"c1", "vectis-postfix-1"}};
    const NetworkPlan waiting = plan_network(desired, seen, identity, {"c1"});
    EXPECT_TRUE(waiting.actions.empty());
    EXPECT_FALSE(waiting.is_gone);
    seen.containers.clear();
    EXPECT_EQ(verbs(plan_network(desired, seen, identity, {})), Verbs{NetworkVerb::remove});
    EXPECT_TRUE(plan_network(desired, std::nullopt, identity, {}).is_gone);
}

TEST(NetworkPlan, ConvergesFromEveryPrefixOfAReplacement) {
    docker::Network seen = network_of("inst-1");
    seen.internal = false;
    seen.containers = {{"c1", "a"}, {"c2", "b"}};
    for (std::size_t done = 0; done <= 4; ++done) {
        std::optional<docker::Network> world = seen;
        const auto perform = [&world](const NetworkAction& action) {
            if (action.verb == NetworkVerb::disconnect) world->containers.erase(action.container);
            if (action.verb == NetworkVerb::remove) world.reset();
            if (action.verb == NetworkVerb::create) world = network_of("inst-1");
        };
        const NetworkPlan first = plan_network(desired_network(), world, identity, {"c1", "c2"});
        ASSERT_EQ(first.actions.size(), 4U);
        for (std::size_t i = 0; i < done; ++i) perform(first.actions[i]);
        for (const NetworkAction& action :
             plan_network(desired_network(), world, identity, {"c1", "c2"}).actions)
            perform(action);
        EXPECT_TRUE(plan_network(desired_network(), world, identity, {}).is_ready) << done;
    }
}

}  // namespace
}  // namespace vectis::reconcilers
