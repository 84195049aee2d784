#include "controller/work_queue.hpp"
#include "tests/unit/controller/background.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

namespace vectis::controller {
namespace {

using resources::ObjectKey;
using std::chrono::seconds;

constexpr auto patience = seconds(20);

ObjectKey key(int number) {
    return {"Workload", "", std::to_string(number)};
}

TEST(WorkQueueThreads, WakesAWorkerThatWaitsForALaterKey) {
    SystemClock clock;
    SystemRandom random;
    WorkQueue queue(clock, random);
    queue.add_at(key(1), clock.now() + std::chrono::hours(1));
    // Nobody can see when the worker begins to wait; in two hundred rounds it does so often enough.
    for (int round = 0; round < 200; ++round) {
        Background waiting([&](const std::stop_token& ending) {
            return queue.wait_and_take(ending);
        });
        if (round % 2 == 0) std::this_thread::yield();
        queue.add(key(2));
        ASSERT_TRUE(waiting.ends_within(patience));
        ASSERT_EQ(waiting.get(), key(2));
        queue.done(key(2));
    }
}

TEST(WorkQueueThreads, WakesAWorkerWhenAKeyThatAnotherHoldsIsDone) {
    SystemClock clock;
    SystemRandom random;
    WorkQueue queue(clock, random);
    queue.add(key(1));
    ASSERT_TRUE(queue.take());
    queue.add(key(1));
    Background waiting([&](const std::stop_token& ending) { return queue.wait_and_take(ending); });
    queue.done(key(1));
    ASSERT_TRUE(waiting.ends_within(patience));
    EXPECT_EQ(waiting.get(), key(1));
}

TEST(WorkQueueThreads, LetsAWaitingWorkerGoWhenItIsStopped) {
    SystemClock clock;
    SystemRandom random;
    WorkQueue queue(clock, random);
    std::stop_source stop;
    Background waiting([&](const std::stop_token&) { return queue.wait_and_take(stop.get_token()); }
    );
    stop.request_stop();
    ASSERT_TRUE(waiting.ends_within(patience));
    EXPECT_EQ(waiting.get(), std::nullopt);
}

TEST(WorkQueueThreads, NeverGivesOneKeyToTwoWorkersAndLosesNone) {
    constexpr int key_count = 16;
    constexpr int rounds = 2000;
    SystemClock clock;
    SystemRandom random;
    WorkQueue queue(clock, random);
    std::array<std::atomic<int>, key_count> workers_on{};
    std::array<std::atomic<int>, key_count> seen{};
    std::array<std::atomic<int>, key_count> wanted{};
    std::atomic<int> clashes = 0;
    const auto work = [&](const std::stop_token& stop) {
        while (const auto next = queue.wait_and_take(stop)) {
            const auto place = static_cast<std::size_t>(std::stoi(next->name));
            if (workers_on[place].fetch_add(1) != 0) ++clashes;
            seen[place] = wanted[place].load();
            workers_on[place].fetch_sub(1);
            queue.done(*next);
        }
    };
    {
        std::vector<std::jthread> workers;
        for (int i = 0; i < 4; ++i) workers.emplace_back(work);
        std::vector<std::jthread> producers;
        for (int i = 0; i < 2; ++i) {
            producers.emplace_back([&] {
                for (int round = 0; round < rounds; ++round) {
                    const int number = round % key_count;
                    ++wanted[static_cast<std::size_t>(number)];
                    queue.add(key(number));
                }
            });
        }
        producers.clear();
        const Time deadline = clock.now() + patience;
        while (queue.size() != 0 && clock.now() < deadline) std::this_thread::yield();
        for (std::jthread& worker : workers) worker.request_stop();
    }
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_EQ(clashes, 0);
    for (std::size_t i = 0; i < key_count; ++i) EXPECT_EQ(seen[i], wanted[i]) << "key " << i;
}

}  // namespace
}  // namespace vectis::controller
