#include "reconcilers/volume/volume_plan.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

const Identity identity{"inst-1", "vectis"};

DesiredVolume desired_volume() {
    DesiredVolume desired;
    desired.key = {"Volume", "", "mail"};
    desired.name = "vectis-mail";
    return desired;
}

docker::Volume volume_of(const std::string& installation) {
    docker::Volume seen;
    seen.name = "vectis-mail";
    seen.created_at = "2026-01-01T00:00:00Z";
    seen.labels = {
        {label::installation, installation},
        {label::kind, "Volume"},
        {label::name, "mail"},
        {label::uid, "u1"}
    };
    return seen;
}

TEST(VolumePlan, MakesAVolumeThatNeverWasThere) {
    EXPECT_EQ(plan_volume(desired_volume(), std::nullopt, identity).verb, VolumeVerb::create);
}

TEST(VolumePlan, IsReadyWhenTheVolumeIsThere) {
    const VolumePlan plan = plan_volume(desired_volume(), volume_of("inst-1"), identity);
    EXPECT_TRUE(plan.is_ready);
    EXPECT_EQ(plan.verb, VolumeVerb::none);
}

TEST(VolumePlan, DoesNotReplaceLostDataByAnEmptyVolume) {
    DesiredVolume desired = desired_volume();
    desired.created_at = "2026-01-01T00:00:00Z";
    const VolumePlan plan = plan_volume(desired, std::nullopt, identity);
    EXPECT_EQ(plan.verb, VolumeVerb::none);
    EXPECT_TRUE(plan.is_stalled);
    EXPECT_EQ(plan.reason, "DataVolumeMissing");
}

TEST(VolumePlan, NoticesAVolumeThatSomebodyMadeAnew) {
    DesiredVolume desired = desired_volume();
    desired.created_at = "2025-01-01T00:00:00Z";
    const VolumePlan plan = plan_volume(desired, volume_of("inst-1"), identity);
    EXPECT_TRUE(plan.is_stalled);
    EXPECT_EQ(plan.reason, "DataVolumeReplaced");
}

TEST(VolumePlan, StartsEmptyWhenSomebodySaysSo) {
    DesiredVolume desired = desired_volume();
    desired.created_at = "2025-01-01T00:00:00Z";
    desired.recreate = "of an earlier loss";
    EXPECT_TRUE(plan_volume(desired, std::nullopt, identity).is_stalled);
    desired.recreate = desired.created_at;
    EXPECT_EQ(plan_volume(desired, std::nullopt, identity).verb, VolumeVerb::create);
    EXPECT_TRUE(plan_volume(desired, volume_of("inst-1"), identity).is_ready);
}

TEST(VolumePlan, MakesAVolumeAnewThatHoldsNothingWorthKeeping) {
    DesiredVolume desired = desired_volume();
    desired.spec.retain = false;
    desired.created_at = "2025-01-01T00:00:00Z";
    EXPECT_EQ(plan_volume(desired, std::nullopt, identity).verb, VolumeVerb::create);
}

TEST(VolumePlan, NeverTouchesAVolumeThatIsNotOurs) {
    for (const docker::Volume& seen :
         {volume_of("inst-2"), docker::Volume{.name = "vectis-mail"}}) {
        const VolumePlan plan = plan_volume(desired_volume(), seen, identity);
        EXPECT_EQ(plan.verb, VolumeVerb::none);
        EXPECT_EQ(plan.reason, "NameConflict");
        DesiredVolume deleted = desired_volume();
        deleted.spec.retain = false;
        deleted.is_deleted = true;
        EXPECT_EQ(plan_volume(deleted, seen, identity).verb, VolumeVerb::none);
    }
}

TEST(VolumePlan, KeepsRetainedDataWhenTheObjectIsDeleted) {
    DesiredVolume desired = desired_volume();
    desired.is_deleted = true;
    const VolumePlan plan = plan_volume(desired, volume_of("inst-1"), identity);
    EXPECT_EQ(plan.verb, VolumeVerb::none);
    EXPECT_TRUE(plan.is_gone);
}

TEST(VolumePlan, RemovesOtherDataWithTheObject) {
    DesiredVolume desired = desired_volume();
    desired.is_deleted = true;
    desired.spec.retain = false;
    EXPECT_EQ(plan_volume(desired, volume_of("inst-1"), identity).verb, VolumeVerb::remove);
    EXPECT_TRUE(plan_volume(desired, std::nullopt, identity).is_gone);
}

}  // namespace
}  // namespace vectis::reconcilers
