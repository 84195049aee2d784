#pragma once

#include "resources/object.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace vectis::reconcilers {

enum class JobState { running, succeeded, failed };

struct JobStatus {
    JobState state = JobState::running;
    std::string message{};  ///< last progress, or why it failed
    bool is_new = false;    ///< this call started it
};

/// Long work (pulls, builds) by name, so that it holds no worker. Thread-safe.
class Jobs {
public:
    using Report = std::function<void(const std::string& progress)>;
    /// Returns what went wrong, empty if nothing. An exception counts as a failure with its text.
    using Work = std::function<std::string(const Report&, std::stop_token)>;

    Jobs() = default;
    Jobs(const Jobs&) = delete;
    Jobs& operator=(const Jobs&) = delete;
    virtual ~Jobs() = default;

    /// Starts the job unless it is running. A success is told once and then forgotten, a failure
    /// for some seconds, however often somebody asks: what failed is not to be tried in a circle.
    /// `key` is looked at again when it ends.
    virtual JobStatus ensure(
        const std::string& name, const resources::ObjectKey& key, Work work
    ) = 0;
};

/// Does the work at once, on the caller's thread: for the simulation and for plans.
class InlineJobs final : public Jobs {
public:
    JobStatus ensure(const std::string& name, const resources::ObjectKey& key, Work work) override;
};

/// Does the work on threads of its own; `wake` is called when a job ends or has progress to show.
class ThreadJobs final : public Jobs {
public:
    using Wake = std::function<void(const resources::ObjectKey&)>;
    ThreadJobs(
        std::size_t threads, Wake wake, std::chrono::milliseconds pause = std::chrono::seconds(3)
    );
    ~ThreadJobs() override;
    /// Waits for what is at work, which is told to end; begins nothing more.
    void stop();

    JobStatus ensure(const std::string& name, const resources::ObjectKey& key, Work work) override;

private:
    struct Job {
        resources::ObjectKey key{};
        Work work{};
        JobStatus status{};
        std::chrono::steady_clock::time_point ended{};
    };
    void run(std::stop_token stop);
    void perform(const std::string& name, std::stop_token stop);

    Wake wake_;
    std::chrono::milliseconds pause_;  ///< after a failure
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<std::string, Job> jobs_;
    std::deque<std::string> waiting_;
    std::vector<std::jthread> threads_;
};

}  // namespace vectis::reconcilers
