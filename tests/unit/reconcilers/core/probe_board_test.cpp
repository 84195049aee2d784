#include "reconcilers/core/probe_board.hpp"

#include "controller/sim_clock.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Answers what it is told to.
class Scripted final : public Prober {
public:
    ProbeResult probe(const ProbeTarget&, std::stop_token) override {
        ++asked;
        return answer;
    }

    ProbeResult answer{true, "fine"};
    int asked = 0;
};

class Board : public testing::Test {
protected:
    Board() {
        subject_.key = {"Workload", "", "web"};
        subject_.container = "c1";
        subject_.started_at = "1";
        subject_.target.probe.interval_seconds = 10;
        subject_.target.probe.failure_threshold = 3;
        board_.watch(subject_);
    }

    /// Lets time pass, probing whenever it is due.
    void pass(controller::Duration time) {
        const controller::Time end = clock_.now() + time;
        while (board_.next_due() && *board_.next_due() <= end) {
            clock_.advance_to(*board_.next_due());
            while (board_.step({})) {
            }
        }
        clock_.advance_to(end);
    }

    std::optional<ProbeRecord> record() const { return board_.record(subject_.key, "c1"); }

    controller::SimClock clock_;
    Scripted prober_;
    int wakes_ = 0;
    ProbeBoard board_{prober_, clock_, [this](const resources::ObjectKey&) { ++wakes_; }};
    ProbeSubject subject_;
};

TEST_F(Board, IsReadyWithTheFirstSuccessAndThenAsksAtItsInterval) {
    pass(milliseconds(1));
    ASSERT_TRUE(record());
    EXPECT_TRUE(record()->is_ready);
    EXPECT_EQ(record()->ready_since, record()->asked_since);
    pass(seconds(100));
    EXPECT_EQ(prober_.asked, 11);
    EXPECT_EQ(wakes_, 1);  // nothing new was learnt
}

TEST_F(Board, AsksOftenUntilItIsReady) {
    prober_.answer = {false, "refused"};
    pass(seconds(2));
    EXPECT_GT(prober_.asked, 8);
    EXPECT_FALSE(record()->is_ready);
    EXPECT_EQ(record()->failures, prober_.asked);
}

TEST_F(Board, GivesAServiceThatWasReadySecondsBeforeItIsGivenUp) {
    pass(seconds(5));
    prober_.answer = {false, "421 busy"};
    pass(seconds(5));  // the first failure
    EXPECT_TRUE(record()->is_ready);
    pass(milliseconds(1900));
    EXPECT_TRUE(record()->is_ready);
    pass(milliseconds(200));
    EXPECT_FALSE(record()->is_ready);
    EXPECT_GE(record()->failures, 3);
}

TEST_F(Board, ForgivesAFailureThatPasses) {
    pass(seconds(5));
    prober_.answer = {false, "reset"};
    pass(seconds(6));
    prober_.answer = {true, "fine"};
    pass(seconds(20));
    EXPECT_TRUE(record()->is_ready);
    EXPECT_EQ(record()->failures, 0);
}

TEST_F(Board, LearnsNothingFromAProbeThatCouldNotBeMade) {
    pass(seconds(5));
    prober_.answer = {false, "no socket: Too many open files", false};
    pass(seconds(120));
    EXPECT_TRUE(record()->is_ready);
    EXPECT_EQ(record()->failures, 0);
    EXPECT_GT(prober_.asked, 50);
}

TEST_F(Board, KnowsWhatAServiceLacksUntilItHasIt) {
    prober_.answer = {false, "no signatures", true, "NoSignatures"};
    pass(seconds(1));
    EXPECT_EQ(record()->lack, "NoSignatures");
    prober_.answer = {true, "fine"};
    pass(seconds(1));
    EXPECT_TRUE(record()->is_ready);
    EXPECT_EQ(record()->lack, "");
}

TEST_F(Board, BeginsANewRecordWithANewStart) {
    pass(seconds(5));
    subject_.started_at = "2";
    prober_.answer = {false, "refused"};
    board_.watch(subject_);
    EXPECT_FALSE(record());
    pass(milliseconds(1));
    EXPECT_FALSE(record()->is_ready);
}

TEST_F(Board, HurriesWhenSomethingHappened) {
    pass(seconds(5));
    const int before = prober_.asked;
    board_.hurry(subject_.key);
    pass(milliseconds(1));
    EXPECT_EQ(prober_.asked, before + 1);
    board_.forget(subject_.key);
    EXPECT_FALSE(board_.next_due());
}

/// What is named "slow" hangs for five seconds each time.
class Hanging final : public Prober {
public:
    explicit Hanging(controller::SimClock& clock) : clock_(clock) {}
    ProbeResult probe(const ProbeTarget& target, std::stop_token) override {
        if (target.container != "slow") return {true, "fine"};
        clock_.advance(seconds(5));
        return {false, "no answer"};
    }

private:
    controller::SimClock& clock_;
};

TEST(ProbeBoardOrder, AsksWhatHasWaitedLongestFirst) {
    controller::SimClock clock;
    Hanging prober(clock);
    ProbeBoard board(prober, clock, [](const resources::ObjectKey&) {});
    for (const char* name : {"aaa", "aab", "web"}) {
        ProbeSubject subject;
        subject.key = {"Workload", "", name};
        subject.container = subject.target.container =
            std::string_view(name) == "web" ? "c1" : "slow";
        board.watch(subject);
    }
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(board.step({}));
    const std::optional<ProbeRecord> record = board.record({"Workload", "", "web"}, "c1");
    ASSERT_TRUE(record) << "those that hang were asked again before it";
    EXPECT_TRUE(record->is_ready);
}

}  // namespace
}  // namespace vectis::reconcilers
