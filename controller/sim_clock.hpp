#pragma once

#include "controller/clock.hpp"

namespace vectis::controller {

/// A clock that stands still until it is moved: for the simulation and for plans. For one thread.
class SimClock final : public Clock {
public:
    explicit SimClock(Time start = Time(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)))
        : now_(start) {}

    Time now() const override { return now_; }
    void sleep(Duration duration, std::stop_token) override { advance(duration); }

    void advance(Duration duration) { now_ += duration; }
    void advance_to(Time time) {
        if (time > now_) now_ = time;
    }

private:
    Time now_;
};

}  // namespace vectis::controller
