#include "tests/sim/sim_jobs.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace vectis::sim {

using reconcilers::JobState;
using reconcilers::JobStatus;

namespace {

constexpr controller::Duration running_time = std::chrono::milliseconds(2500);
constexpr controller::Duration pause = std::chrono::seconds(3);  ///< after a failure

std::string problem_of(const reconcilers::Jobs::Work& work) {
    try {
        return work([](const std::string&) {}, {});
    } catch (const std::exception& error) {
        return error.what();
    }
}

}  // namespace

JobStatus SimJobs::ensure(const std::string& name, const resources::ObjectKey& key, Work work) {
    const auto known = jobs_.find(name);
    if (known != jobs_.end()) {
        known->second.key = key;
        JobStatus status = known->second.status;
        const bool is_old =
            status.state == JobState::failed && clock_.now() - known->second.ends >= pause;
        if (status.state == JobState::succeeded) jobs_.erase(known);
        if (!is_old) return status;
    }
    const JobStatus begun{JobState::running, "waiting for its turn", false};
    jobs_[name] = {key, std::move(work), begun, clock_.now() + running_time};
    return {begun.state, begun.message, true};
}

std::optional<controller::Time> SimJobs::next_due() const {
    std::optional<controller::Time> next;
    for (const auto& [name, job] : jobs_) {
        if (job.status.state == JobState::running && (!next || job.ends < *next)) next = job.ends;
    }
    return next;
}

bool SimJobs::step() {
    for (auto& [name, job] : jobs_) {
        if (job.status.state != JobState::running || job.ends > clock_.now()) continue;
        const std::string problem = problem_of(job.work);
        job.status = {problem.empty() ? JobState::succeeded : JobState::failed, problem, false};
        wake_(job.key);
        return true;
    }
    return false;
}

}  // namespace vectis::sim
