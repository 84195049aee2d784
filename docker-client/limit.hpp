#pragma once

#include "docker-client/engine.hpp"

#include <chrono>
#include <stop_token>

namespace vectis::docker {

/// When a verb has to end, over all the requests that it takes. Counts from its construction.
class Limit {
public:
    using Clock = std::chrono::steady_clock;

    explicit Limit(const Call& call);

    Clock::time_point end() const { return end_; }
    /// What was asked for, for messages.
    std::chrono::milliseconds deadline() const { return deadline_; }
    const std::stop_token& stop() const { return stop_; }

    bool is_over() const { return Clock::now() >= end_; }
    /// Waits so long, but not past the end or the stop.
    void pause(std::chrono::milliseconds time) const;

private:
    std::chrono::milliseconds deadline_;
    Clock::time_point end_;
    std::stop_token stop_;
};

}  // namespace vectis::docker
