#include "controller/store_state.hpp"

#include <gtest/gtest.h>

namespace vectis::controller {
namespace {

using resources::Object;

Object network(const std::string& name) {
    Object out{.kind = "Network"};
    out.metadata.name = name;
    return out;
}

void create(StoreState& state, Random& random, const std::string& name) {
    StoreResult<StoreState::Verdict> verdict = state.create(network(name), {Time{}, random});
    ASSERT_TRUE(verdict);
    state.commit(*verdict->change);
}

TEST(StoreState, ChangesNothingBeforeTheCommit) {
    SeededRandom random(1);
    const StoreState state;
    const StoreResult<StoreState::Verdict> verdict = state.create(network("a"), {Time{}, random});
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->change->version, 1);
    EXPECT_EQ(state.version(), 0);
    EXPECT_EQ(state.get({"Network", "", "a"}), std::nullopt);
}

TEST(StoreState, KeepsTheLastTenThousandChangesAndSaysWhatHasExpired) {
    SeededRandom random(1);
    StoreState state;
    for (int i = 0; i < 10'005; ++i) create(state, random, "n" + std::to_string(i));
    EXPECT_EQ(state.changes({}, 4, 1).error().reason(), StoreReason::expired);
    const StoreResult<std::vector<Change>> first = state.changes({}, 5, 1);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->front().version, 6);
    EXPECT_EQ(state.changes({}, 5, 100'000)->size(), 10'000U);
}

TEST(StoreState, HasNoChangesFromBeforeItWasRestored) {
    StoreState state;
    state.restore({network("a")}, 41);
    EXPECT_EQ(state.version(), 41);
    EXPECT_TRUE(state.get({"Network", "", "a"}));
    EXPECT_EQ(state.changes({}, 40, 1).error().reason(), StoreReason::expired);
    EXPECT_EQ(state.changes({}, 41, 1)->size(), 0U);
}

TEST(StoreState, BoundsItsLogInBytesToo) {
    SeededRandom random(1);
    StoreState state;
    Object big = network("big");
    big.spec["text"] = std::string(1U << 20U, 'x');
    StoreResult<StoreState::Verdict> verdict = state.create(big, {Time{}, random});
    state.commit(*verdict->change);
    for (int i = 0; i < 20; ++i) {
        Object next = *state.get(resources::key_of(big));
        next.status["turn"] = i;
        verdict = state.update_status(next);
        ASSERT_TRUE(verdict);
        state.commit(*verdict->change);
    }
    EXPECT_EQ(state.changes({}, 1, 1).error().reason(), StoreReason::expired);
    EXPECT_TRUE(state.changes({}, state.version() - 1, 1));
}

}  // namespace
}  // namespace vectis::controller
