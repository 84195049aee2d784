#include "reconcilers/maps/map_plan.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

using Why = MapAction::Why;

const std::vector<DesiredMap> wanted{{"domains", "d2"}};

std::vector<MapAction> because(Why why) {
    return {{"domains", why}};
}

TEST(MapPlan, WritesWhatDiffersAndSaysWhy) {
    EXPECT_EQ(plan_maps(wanted, {}), because(Why::first));
    EXPECT_EQ(plan_maps(wanted, {{{"domains", "d1"}}, std::nullopt}), because(Why::data));
    EXPECT_EQ(plan_maps(wanted, {{{"domains", "d1"}}, {{{"domains", "d1"}}}}), because(Why::data));
    EXPECT_EQ(
        plan_maps(wanted, {{{"domains", "d2"}}, {{{"domains", "d9"}}}}), because(Why::edited)
    );
    EXPECT_EQ(plan_maps(wanted, {{{"domains", "d2"}}, MapDigests{}}), because(Why::missing));
}

TEST(MapPlan, LeavesWhatIsAsItShouldBe) {
    EXPECT_TRUE(plan_maps(wanted, {{{"domains", "d2"}}, std::nullopt}).empty());
    EXPECT_TRUE(plan_maps(wanted, {{{"domains", "d2"}}, {{{"domains", "d2"}}}}).empty());
    // A controller that was lost after it wrote remembers nothing of it.
    EXPECT_TRUE(plan_maps(wanted, {{{"domains", "d1"}}, {{{"domains", "d2"}}}}).empty());
    EXPECT_TRUE(plan_maps(wanted, {{}, {{{"domains", "d2"}}}}).empty());
}

TEST(MapPlan, OnlyWhatWasInOrderIsRepaired) {
    EXPECT_TRUE(is_repair({"domains", Why::edited}));
    EXPECT_TRUE(is_repair({"domains", Why::missing}));
    EXPECT_FALSE(is_repair({"domains", Why::first}));
    EXPECT_FALSE(is_repair({"domains", Why::data}));
}

}  // namespace
}  // namespace vectis::reconcilers
