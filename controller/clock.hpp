#pragma once

#include <chrono>
#include <stop_token>
#include <string>

namespace vectis::controller {

using Time = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

/// The only source of time. The simulation has its own.
class Clock {
public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    virtual Time now() const = 0;
    /// Returns early when `stop` is set. The simulated clock moves on instead of waiting.
    virtual void sleep(Duration duration, std::stop_token stop) = 0;
};

class SystemClock final : public Clock {
public:
    Time now() const override;
    void sleep(Duration duration, std::stop_token stop) override;
};

/// "2026-11-23T20:27:12Z", RFC 3339.
std::string format_time(Time time);
/// "2026-11-23T20:27:12.000001Z".
std::string format_time_micro(Time time);
/// Any time of RFC 3339 with up to nine digits after the second; anything else gives Time{}.
Time parse_time(const std::string& text);

}  // namespace vectis::controller
