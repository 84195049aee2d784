#include "controller/event_log.hpp"

#include "controller/sim_clock.hpp"
#include "controller/store.hpp"

#include <gtest/gtest.h>

namespace vectis::controller {
namespace {

using resources::Object;
using std::chrono::minutes;
using std::chrono::seconds;

Object workload(const std::string& name) {
    Object out{.kind = "Workload"};
    out.metadata.name = name;
    out.metadata.uid = "uid-of-" + name;
    return out;
}

class EventLogTest : public testing::Test {
protected:
    void record(EventLog& log, const std::string& message, const Object& object) {
        log.record(EventType::warning, object, "Failed", message, "r1");
    }

    SimDisk disk;
    SimClock clock;
};

TEST_F(EventLogTest, CountsEqualEventsWithinTenMinutes) {
    EventLog log(disk, clock);
    const Time first = clock.now();
    record(log, "no image", workload("a"));
    clock.advance(minutes(9));
    record(log, "other", workload("a"));
    record(log, "no image", workload("a"));
    const std::vector<Event> events = log.list(0);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[1].message, "no image");
    EXPECT_EQ(events[1].count, 2);
    EXPECT_EQ(events[1].first_time, first);
    EXPECT_EQ(events[1].last_time, clock.now());
    clock.advance(minutes(10));
    record(log, "no image", workload("a"));
    EXPECT_EQ(log.list(0).back().count, 1);
}

TEST_F(EventLogTest, KeepsObjectsApartThatHadTheSameName) {
    EventLog log(disk, clock);
    record(log, "no image", workload("a"));
    Object another = workload("a");
    another.metadata.uid = "another";
    record(log, "no image", another);
    EXPECT_EQ(log.list(0).size(), 2U);
}

TEST_F(EventLogTest, ListsWhatIsNewRepeatedOnesIncluded) {
    EventLog log(disk, clock);
    record(log, "one", workload("a"));
    record(log, "two", workload("a"));
    const std::int64_t seen = log.list(0).back().sequence;
    EXPECT_TRUE(log.list(seen).empty());
    record(log, "one", workload("a"));
    const std::vector<Event> fresh = log.list(seen);
    ASSERT_EQ(fresh.size(), 1U);
    EXPECT_EQ(fresh[0].message, "one");
}

TEST_F(EventLogTest, KeepsTheLastTwoThousand) {
    EventLog log(disk, clock);
    for (int i = 0; i < 2100; ++i) record(log, std::to_string(i), workload("a"));
    const std::vector<Event> events = log.list(0);
    ASSERT_EQ(events.size(), 2000U);
    EXPECT_EQ(events.front().message, "100");
}

TEST_F(EventLogTest, RemembersEventsAcrossARestart) {
    std::vector<Event> before;
    {
        EventLog log(disk, clock);
        record(log, "one", workload("a"));
        log.record(EventType::normal, workload("b"), "Started", "two", "r2");
        before = log.list(0);
    }
    EventLog log(disk, clock);
    const std::vector<Event> after = log.list(0);
    ASSERT_EQ(after.size(), 2U);
    EXPECT_EQ(after[1].object, before[1].object);
    EXPECT_EQ(after[1].type, EventType::normal);
    EXPECT_EQ(after[1].message, "two");
    EXPECT_EQ(after[1].sequence, before[1].sequence);
    EXPECT_EQ(after[1].last_time, before[1].last_time);
    record(log, "three", workload("a"));
    EXPECT_GT(log.list(0).back().sequence, before[1].sequence);
}

TEST_F(EventLogTest, NeverGivesANumberAgainThatWasLostInACrash) {
    EventLog lost(disk, clock);  // it is not destroyed before the other one reads
    record(lost, "one", workload("a"));
    record(lost, "two", workload("a"));  // so soon that it is not stored by itself
    const std::int64_t seen = lost.list(0).back().sequence;
    EventLog next(disk, clock);
    ASSERT_EQ(next.list(0).size(), 1U);
    record(next, "three", workload("a"));
    EXPECT_GT(next.list(0).back().sequence, seen);
}

TEST_F(EventLogTest, StoresWhatWaitsWhenAsked) {
    EventLog log(disk, clock);
    record(log, "one", workload("a"));
    record(log, "two", workload("a"));
    log.flush();
    EventLog next(disk, clock);
    EXPECT_EQ(next.list(0).size(), 2U);
}

TEST_F(EventLogTest, StartsAnewWhenItsFileIsDamaged) {
    disk.replace("events.json", "[{\"sequence\": 1");
    EventLog log(disk, clock);
    EXPECT_TRUE(log.list(0).empty());
}

TEST_F(EventLogTest, GoesOnWhileTheDiskIsFull) {
    disk.set_full(true);
    EventLog log(disk, clock);
    record(log, "one", workload("a"));
    EXPECT_EQ(log.list(0).size(), 1U);
}

TEST_F(EventLogTest, ShortensLongMessagesBetweenCharacters) {
    EventLog log(disk, clock);
    std::string message = "x";
    while (message.size() < 3000) message += "ü";
    record(log, message, workload("a"));
    const std::string kept = log.list(0).front().message;
    EXPECT_LE(kept.size(), 1024U);
    EXPECT_GE(kept.size(), 1020U);
    EXPECT_EQ(kept.substr(kept.size() - 5), "ü...");
}

}  // namespace
}  // namespace vectis::controller
