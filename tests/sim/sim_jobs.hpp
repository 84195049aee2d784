#pragma once

#include "controller/sim_clock.hpp"
#include "reconcilers/core/jobs.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace vectis::sim {

/// Jobs that run for some simulated seconds and then do their work at once. They end with the
/// controller that began them.
class SimJobs final : public reconcilers::Jobs {
public:
    using Wake = std::function<void(const resources::ObjectKey&)>;
    SimJobs(const controller::SimClock& clock, Wake wake) : clock_(clock), wake_(std::move(wake)) {}

    reconcilers::JobStatus ensure(
        const std::string& name, const resources::ObjectKey& key, Work work
    ) override;

    /// When the next one ends.
    std::optional<controller::Time> next_due() const;
    /// Ends one that is due; false if none is.
    bool step();

private:
    struct Job {
        resources::ObjectKey key{};
        Work work{};
        reconcilers::JobStatus status{};
        controller::Time ends{};
    };

    const controller::SimClock& clock_;
    Wake wake_;
    std::map<std::string, Job> jobs_;
};

}  // namespace vectis::sim
