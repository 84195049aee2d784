#include "reconcilers/core/finalizer.hpp"

#include "tests/support/reconciler_world.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

using vectis::test::ReconcilerWorld;

TEST(Finalizer, LeavesWhatSomebodyWroteMeanwhile) {
    ReconcilerWorld world;
    const resources::ObjectKey key = world.create("Volume", "mail", {});
    const resources::Object seen = *world.store.get(key);
    resources::Object edited = seen;
    edited.spec = {{"retain", false}};
    ASSERT_TRUE(world.store.update(edited));

    const resources::Object written = ensure_finalizer(world.store, seen, engine_finalizer);
    EXPECT_EQ(written.spec, edited.spec);
    EXPECT_EQ(world.store.get(key)->spec, edited.spec);
    EXPECT_EQ(world.store.get(key)->metadata.finalizers.size(), 1U);

    drop_finalizer(world.store, written, engine_finalizer);
    EXPECT_TRUE(world.store.get(key)->metadata.finalizers.empty());
}

TEST(Finalizer, LeavesAnotherObjectOfTheSameNameAlone) {
    ReconcilerWorld world;
    const resources::ObjectKey key = world.create("Volume", "mail", {});
    const resources::Object seen = *world.store.get(key);
    ASSERT_TRUE(world.store.remove(key, {}));
    world.create("Volume", "mail", {});
    EXPECT_THROW(ensure_finalizer(world.store, seen, engine_finalizer), controller::StoreError);
    EXPECT_TRUE(world.store.get(key)->metadata.finalizers.empty());
}

}  // namespace
}  // namespace vectis::reconcilers
