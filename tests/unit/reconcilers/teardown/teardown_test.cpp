#include "reconcilers/teardown.hpp"

#include "reconcilers/core/images.hpp"
#include "reconcilers/core/status.hpp"
#include "tests/support/reconciler_world.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

using vectis::test::ReconcilerWorld;

class TeardownTest : public testing::Test {
protected:
    void make_volume(const std::string& name, const docker::Labels& labels) {
        ASSERT_TRUE(world_.engine.create_volume({.name = name, .labels = labels}, {}));
    }
    bool has_volume(const std::string& name) {
        return world_.engine.inspect_volume(name, {}).has_value();
    }

    ReconcilerWorld world_;
    docker::Labels ours_ = installation_labels(world_.seams.identity);
};

TEST_F(TeardownTest, DeletesWhatNobodyOwnsAndWaitsForTheRest) {
    const resources::ObjectKey platform = world_.create("Platform", "default", {});
    resources::Object held = *world_.store.get(world_.create("Network", "data", {}));
    held.metadata.finalizers = {"vectis.dev/engine"};
    ASSERT_TRUE(world_.store.update(held));
    TeardownProgress progress = take_down(world_.seams, {});
    EXPECT_FALSE(progress.is_done);
    EXPECT_EQ(progress.remaining.size(), 2U);
    EXPECT_FALSE(world_.store.get(platform));
    held = *world_.store.get(resources::key_of(held));
    boost::json::object status = held.status;
    set_stalled(status, held, {"NetworkInUse", "container strange is on it"}, "now");
    write_status_if_changed(world_.store, held, status);
    progress = take_down(world_.seams, {});
    EXPECT_EQ(
        progress.problems, std::vector<std::string>{"Network/data: container strange is on it"}
    );
    held = *world_.store.get(resources::key_of(held));
    held.metadata.finalizers.clear();
    ASSERT_TRUE(world_.store.update(held));
    EXPECT_TRUE(take_down(world_.seams, {}).is_done);
}

TEST_F(TeardownTest, RemovesOnlyOurVolumesAndOnlyWhenAsked) {
    make_volume("vectis-mail", ours_);
    make_volume("vectis-foreign", {});
    EXPECT_TRUE(take_down(world_.seams, {}).is_done);
    EXPECT_TRUE(has_volume("vectis-mail"));
    EXPECT_TRUE(take_down(world_.seams, {.removes_volumes = true}).is_done);
    EXPECT_FALSE(has_volume("vectis-mail"));
    EXPECT_TRUE(has_volume("vectis-foreign"));
}

/// Whoever is told that everything is gone would throw the secrets away, too.
TEST_F(TeardownTest, IsNotDoneWhileAVolumeIsInUse) {
    make_volume("vectis-mail", ours_);
    world_.engine.add_image("backup:1");
    const auto id = world_.engine.create_container(
        {.name = "backup",
         .image = "backup:1",
         .mounts = {{.source = "vectis-mail", .target = "/mail"}}},
        {}
    );
    ASSERT_TRUE(id);
    const TeardownProgress progress = take_down(world_.seams, {.removes_volumes = true});
    EXPECT_FALSE(progress.is_done);
    ASSERT_EQ(progress.problems.size(), 1U);
    EXPECT_TRUE(progress.problems.front().starts_with("volume vectis-mail: "));
    EXPECT_TRUE(has_volume("vectis-mail"));
    EXPECT_TRUE(world_.engine.inspect_container(*id, {}));
}

TEST_F(TeardownTest, RemovesOnlyImagesThatWereBuilt) {
    world_.engine.add_image("vectis/postfix:1", {}, built_image_labels());
    world_.engine.add_image("debian:trixie-slim");
    EXPECT_TRUE(take_down(world_.seams, {.removes_images = true}).is_done);
    EXPECT_FALSE(world_.engine.inspect_image("vectis/postfix:1", {}));
    EXPECT_TRUE(world_.engine.inspect_image("debian:trixie-slim", {}));
}

}  // namespace
}  // namespace vectis::reconcilers
