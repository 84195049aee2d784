#include "controller/work_queue.hpp"

#include "controller/sim_clock.hpp"

#include <gtest/gtest.h>

namespace vectis::controller {
namespace {

using resources::ObjectKey;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

ObjectKey key(const std::string& name) {
    return {"Workload", "", name};
}

class WorkQueueTest : public testing::Test {
protected:
    SimClock clock;
    SeededRandom random{1};
    WorkQueue queue{clock, random};
};

TEST_F(WorkQueueTest, HandsOutAKeyOnceHoweverOftenItWasAdded) {
    queue.add(key("a"));
    queue.add(key("a"));
    EXPECT_EQ(queue.take(), key("a"));
    EXPECT_EQ(queue.take(), std::nullopt);
    queue.done(key("a"));
    EXPECT_EQ(queue.take(), std::nullopt);
    EXPECT_EQ(queue.size(), 0U);
}

TEST_F(WorkQueueTest, HandsOutSoManyOfTheLimitedKindsAtATime) {
    const ObjectKey mailbox{"Mailbox", "a.test", "a"};
    const ObjectKey alias{"Alias", "a.test", "a"};
    const ObjectKey domain{"Domain", "", "a.test"};
    queue.limit({"Mailbox", "Alias", "Domain"}, 2);
    for (const ObjectKey& one : {mailbox, alias, domain}) queue.add(one, Priority::user);
    queue.add(key("a"), Priority::resync);
    EXPECT_EQ(queue.take(), mailbox);
    EXPECT_EQ(queue.take(), alias);
    EXPECT_EQ(queue.take(), key("a"));
    EXPECT_EQ(queue.take(), std::nullopt);
    EXPECT_EQ(queue.next_due(), std::nullopt) << "a worker would not wait";
    queue.failed(alias);
    EXPECT_EQ(queue.take(), domain);
    queue.done(mailbox);
    clock.advance(seconds(1));
    EXPECT_EQ(queue.take(), alias);
}

TEST_F(WorkQueueTest, HandsAKeyOutAgainOnlyAfterItWasDone) {
    queue.add(key("a"));
    ASSERT_TRUE(queue.take());
    queue.add(key("a"));
    EXPECT_EQ(queue.take(), std::nullopt);
    queue.done(key("a"));
    EXPECT_EQ(queue.take(), key("a"));
}

TEST_F(WorkQueueTest, KeepsAKeyUntilItsTime) {
    queue.add_at(key("a"), clock.now() + seconds(5));
    EXPECT_EQ(queue.take(), std::nullopt);
    EXPECT_EQ(queue.next_due(), clock.now() + seconds(5));
    clock.advance(seconds(5));
    EXPECT_EQ(queue.take(), key("a"));
    EXPECT_EQ(queue.next_due(), std::nullopt);
}

TEST_F(WorkQueueTest, LetsTheEarliestTimeAndTheHighestPriorityWin) {
    queue.add_at(key("a"), clock.now() + seconds(5), Priority::resync);
    queue.add_at(key("a"), clock.now() + seconds(9), Priority::user);
    queue.add_at(key("b"), clock.now() + seconds(1), Priority::normal);
    EXPECT_EQ(queue.next_due(), clock.now() + seconds(1));
    clock.advance(seconds(5));
    EXPECT_EQ(queue.take(), key("a"));
    EXPECT_EQ(queue.take(), key("b"));
}

TEST_F(WorkQueueTest, LetsTheEarliestTimeWinForAKeyThatIsHeldToo) {
    queue.add(key("a"));
    ASSERT_TRUE(queue.take());
    queue.add_at(key("a"), clock.now() + seconds(9), Priority::resync);
    queue.add_at(key("a"), clock.now() + seconds(4), Priority::user);
    queue.done(key("a"));
    EXPECT_EQ(queue.next_due(), clock.now() + seconds(4));
}

TEST_F(WorkQueueTest, LetsPeopleOvertakeAThousandResyncs) {
    for (int i = 0; i < 1000; ++i) queue.add(key(std::to_string(i)), Priority::resync);
    clock.advance(seconds(1));
    ASSERT_TRUE(queue.take());
    queue.add(key("edited"), Priority::user);
    EXPECT_EQ(queue.take(), key("edited"));
}

TEST_F(WorkQueueTest, RaisesAKeyThatWasAlreadyDue) {
    queue.add(key("a"), Priority::resync);
    queue.add(key("b"), Priority::resync);
    queue.add(key("c"), Priority::resync);
    EXPECT_EQ(queue.take(), key("a"));
    queue.add(key("c"), Priority::user);
    EXPECT_EQ(queue.take(), key("c"));
    EXPECT_EQ(queue.take(), key("b"));
    EXPECT_EQ(queue.take(), std::nullopt);
}

TEST_F(WorkQueueTest, ServesEqualKeysInTheOrderOfArrival) {
    for (const char* name : {"c", "a", "b"}) queue.add(key(name));
    EXPECT_EQ(queue.take(), key("c"));
    EXPECT_EQ(queue.take(), key("a"));
    EXPECT_EQ(queue.take(), key("b"));
}

TEST_F(WorkQueueTest, DoublesTheDelayOfAFailingKeyUpToAMinuteAndNeverGivesUp) {
    queue.add(key("a"));
    Duration expected = milliseconds(50);
    for (int i = 0; i < 200; ++i) {
        ASSERT_EQ(queue.take(), key("a"));
        const Duration delay = queue.failed(key("a"));
        EXPECT_GE(delay, expected * 8 / 10);
        EXPECT_LE(delay, expected * 12 / 10);
        EXPECT_EQ(queue.next_due(), clock.now() + delay);
        clock.advance(delay);
        expected = std::min<Duration>(expected * 2, seconds(60));
    }
    EXPECT_EQ(queue.failures(key("a")), 200);
}

TEST_F(WorkQueueTest, StartsTheBackOffAnewAfterASuccess) {
    queue.add(key("a"));
    for (int i = 0; i < 10; ++i) {
        ASSERT_EQ(queue.take(), key("a"));
        clock.advance(queue.failed(key("a")));
    }
    ASSERT_EQ(queue.take(), key("a"));
    queue.forget(key("a"));
    EXPECT_LE(queue.failed(key("a")), milliseconds(60));
}

TEST_F(WorkQueueTest, KeepsAFailingKeyAtItsDistanceWhenItsOwnStatusWakesIt) {
    queue.add(key("a"));
    for (int i = 0; i < 12; ++i) {
        ASSERT_EQ(queue.take(), key("a"));
        queue.add(key("a"), Priority::normal);
        clock.advance(queue.failed(key("a")));
    }
    ASSERT_EQ(queue.take(), key("a"));
    queue.add(key("a"), Priority::normal);
    EXPECT_GE(queue.failed(key("a")), seconds(48));
}

TEST_F(WorkQueueTest, LooksSoonAtAFailingKeyThatSomebodyEditedMeanwhile) {
    queue.add(key("a"));
    for (int i = 0; i < 12; ++i) {
        ASSERT_EQ(queue.take(), key("a"));
        clock.advance(queue.failed(key("a")));
    }
    ASSERT_EQ(queue.take(), key("a"));
    queue.add(key("a"), Priority::user);
    EXPECT_LE(queue.failed(key("a")), milliseconds(1200));
}

/// An action that succeeds, and whose record cannot be written, is announced by the engine.
TEST_F(WorkQueueTest, LetsAFailingKeyRestASecondWhoeverAddsItAfterwards) {
    queue.add(key("a"));
    for (int i = 0; i < 12; ++i) {
        ASSERT_EQ(queue.take(), key("a"));
        clock.advance(queue.failed(key("a")));
    }
    ASSERT_EQ(queue.take(), key("a"));
    queue.failed(key("a"));
    queue.add(key("a"), Priority::user);
    EXPECT_EQ(queue.next_due(), clock.now() + seconds(1));
    clock.advance(seconds(1));
    EXPECT_EQ(queue.take(), key("a"));
    queue.forget(key("a"));
    queue.done(key("a"));
    queue.add(key("a"), Priority::user);
    EXPECT_EQ(queue.take(), key("a"));
}

TEST_F(WorkQueueTest, DoesNotDelayHealthyKeysBehindFailingOnes) {
    for (int i = 0; i < 100; ++i) {
        queue.add(key("bad"));
        if (queue.take() == key("bad")) queue.failed(key("bad"));
        queue.add(key("good"));
        ASSERT_EQ(queue.take(), key("good"));
        queue.done(key("good"));
        clock.advance(minutes(2));
        while (const auto late = queue.take()) queue.failed(*late);
    }
}

TEST_F(WorkQueueTest, IgnoresTheEndOfAHoldThatNobodyHas) {
    queue.done(key("a"));
    EXPECT_EQ(queue.size(), 0U);
}

TEST_F(WorkQueueTest, TellsWhatItDidAndHolds) {
    queue.add(key("a"), Priority::user);
    queue.add(key("b"), Priority::resync);
    clock.advance(seconds(2));
    ASSERT_EQ(queue.take(), key("a"));
    EXPECT_EQ(queue.waited(key("a")), seconds(2));
    clock.advance(seconds(3));
    const QueueStats stats = queue.stats();
    EXPECT_EQ(stats.adds, 2U);
    EXPECT_EQ(stats.waiting[static_cast<std::size_t>(Priority::resync)], 1U);
    EXPECT_EQ(stats.longest, seconds(3));
    queue.failed(key("a"));
    EXPECT_EQ(queue.stats().retries, 1U);
    EXPECT_EQ(queue.stats().longest, seconds(0));
}

}  // namespace
}  // namespace vectis::controller
