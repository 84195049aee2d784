#include "reconcilers/core/jobs.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace vectis::reconcilers {
namespace {

const resources::ObjectKey key{"Workload", "", "web"};

/// Counts wakes, and lets a test wait for them.
class Bell {
public:
    void ring() {
        const std::scoped_lock lock(mutex_);
        ++count_;
        rung_.notify_all();
    }
    void wait_for(int count) {
        std::unique_lock lock(mutex_);
        rung_.wait(lock, [&] { return count_ >= count; });
    }

private:
    std::mutex mutex_;
    std::condition_variable rung_;
    int count_ = 0;
};

class JobsTest : public testing::Test {
protected:
    JobStatus ensure(ThreadJobs& jobs, Jobs::Work work) {
        return jobs.ensure("pull image", key, std::move(work));
    }
    Bell bell_;
    Jobs::Work failing_ = [this](const Jobs::Report&, std::stop_token) {
        ++runs_;
        return std::string("no registry");
    };
    std::atomic<int> runs_ = 0;
};

TEST_F(JobsTest, TellsAFailureAgainAndAgainWithoutTryingAgain) {
    ThreadJobs jobs(
        1, [this](const resources::ObjectKey&) { bell_.ring(); }, std::chrono::hours(1)
    );
    EXPECT_TRUE(ensure(jobs, failing_).is_new);
    bell_.wait_for(1);
    for (int i = 0; i < 3; ++i) {
        const JobStatus status = ensure(jobs, failing_);
        EXPECT_EQ(status.state, JobState::failed);
        EXPECT_EQ(status.message, "no registry");
    }
    EXPECT_EQ(runs_, 1);
}

TEST_F(JobsTest, TriesAgainAfterThePause) {
    ThreadJobs jobs(1, [this](const resources::ObjectKey&) { bell_.ring(); }, {});
    ensure(jobs, failing_);
    bell_.wait_for(1);
    EXPECT_EQ(ensure(jobs, failing_).state, JobState::running);
    bell_.wait_for(2);
    EXPECT_EQ(runs_, 2);
}

TEST_F(JobsTest, ForgetsASuccessOnceItWasTold) {
    ThreadJobs jobs(1, [this](const resources::ObjectKey&) { bell_.ring(); });
    const Jobs::Work work = [](const Jobs::Report& report, std::stop_token) {
        report("half");
        return std::string{};
    };
    ensure(jobs, work);
    bell_.wait_for(2);
    EXPECT_EQ(ensure(jobs, work).state, JobState::succeeded);
    EXPECT_TRUE(ensure(jobs, work).is_new);
}

TEST_F(JobsTest, TakesAnExceptionForAFailureWithItsText) {
    ThreadJobs jobs(1, [this](const resources::ObjectKey&) { bell_.ring(); });
    const Jobs::Work work = [](const Jobs::Report&, std::stop_token) -> std::string {
        throw std::runtime_error("out of cheese");
    };
    ensure(jobs, work);
    bell_.wait_for(1);
    EXPECT_EQ(ensure(jobs, work).message, "out of cheese");
}

TEST_F(JobsTest, TellsWorkToEndWhenItStops) {
    ThreadJobs jobs(1, [this](const resources::ObjectKey&) { bell_.ring(); });
    const Jobs::Work work = [this](const Jobs::Report&, std::stop_token stop) {
        std::mutex mutex;
        std::condition_variable_any changed;
        std::unique_lock lock(mutex);
        ++runs_;
        changed.wait(lock, stop, [] { return false; });
        return std::string("cancelled");
    };
    ensure(jobs, work);
    while (runs_ == 0) std::this_thread::yield();
    jobs.stop();
    EXPECT_EQ(ensure(jobs, work).message, "cancelled");
}

}  // namespace
}  // namespace vectis::reconcilers
