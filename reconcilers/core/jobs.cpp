#include "reconcilers/core/jobs.hpp"

#include <exception>
#include <utility>

namespace vectis::reconcilers {

JobStatus InlineJobs::ensure(const std::string&, const resources::ObjectKey&, Work work) {
    const std::string problem = work([](const std::string&) {}, {});
    return {problem.empty() ? JobState::succeeded : JobState::failed, problem, true};
}

ThreadJobs::ThreadJobs(std::size_t threads, Wake wake, std::chrono::milliseconds pause)
    : wake_(std::move(wake)), pause_(pause) {
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this](std::stop_token stop) { run(std::move(stop)); });
    }
}

ThreadJobs::~ThreadJobs() {
    stop();
}

void ThreadJobs::stop() {
    for (std::jthread& thread : threads_) thread.request_stop();
    threads_.clear();
}

JobStatus ThreadJobs::ensure(const std::string& name, const resources::ObjectKey& key, Work work) {
    const std::scoped_lock lock(mutex_);
    const auto known = jobs_.find(name);
    if (known != jobs_.end()) {
        known->second.key = key;
        JobStatus status = known->second.status;
        const bool is_old = status.state == JobState::failed &&
                            std::chrono::steady_clock::now() - known->second.ended >= pause_;
        if (status.state == JobState::succeeded) jobs_.erase(known);
        if (!is_old) return status;
    }
    jobs_[name] = {key, std::move(work), {JobState::running, "waiting for its turn", false}};
    waiting_.push_back(name);
    changed_.notify_one();
    return {JobState::running, "waiting for its turn", true};
}

void ThreadJobs::run(std::stop_token stop) {
    while (!stop.stop_requested()) {
        std::string name;
        {
            std::unique_lock lock(mutex_);
            if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
            name = std::move(waiting_.front());
            waiting_.pop_front();
        }
        perform(name, stop);
    }
}

void ThreadJobs::perform(const std::string& name, std::stop_token stop) {
    Work work;
    resources::ObjectKey key;
    {
        const std::scoped_lock lock(mutex_);
        work = jobs_.at(name).work;
        key = jobs_.at(name).key;
    }
    const Report report = [&](const std::string& progress) {
        {
            const std::scoped_lock lock(mutex_);
            jobs_.at(name).status.message = progress;
        }
        wake_(key);
    };
    std::string problem;
    try {
        problem = work(report, std::move(stop));
    } catch (const std::exception& error) {
        problem = error.what();
    }
    {
        const std::scoped_lock lock(mutex_);
        jobs_.at(name).status = {
            problem.empty() ? JobState::succeeded : JobState::failed, problem, false
        };
        jobs_.at(name).ended = std::chrono::steady_clock::now();
        key = jobs_.at(name).key;
    }
    wake_(key);
}

}  // namespace vectis::reconcilers
