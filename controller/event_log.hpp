#pragma once

#include "controller/clock.hpp"
#include "controller/disk.hpp"
#include "controller/events.hpp"

#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace vectis::controller {

/// The last 2,000 events, kept on a disk so that they outlive the controller. Losing those of the
/// last seconds in a crash is fine: they explain, they decide nothing. Their numbers are not given
/// again.
class EventLog final : public EventRecorder {
public:
    EventLog(Disk& disk, Clock& clock);
    /// Stores what was not stored yet.
    ~EventLog() override;

    void record(
        EventType type,
        const resources::Object& object,
        const std::string& reason,
        const std::string& message,
        const std::string& reconcile_id
    ) override;
    std::vector<Event> list(std::int64_t after) const override;
    /// Stores what waits; call every few seconds.
    void flush();

private:
    void load();
    void store();

    Disk& disk_;
    Clock& clock_;
    mutable std::mutex mutex_;
    std::deque<Event> events_;
    std::int64_t sequence_ = 0;
    std::size_t unwritten_ = 0;
    Time written_{};
};

/// Events in memory only: for plans and the simulation.
class EventMemory final : public EventRecorder {
public:
    explicit EventMemory(Clock& clock) : clock_(clock) {}
    void record(
        EventType type,
        const resources::Object& object,
        const std::string& reason,
        const std::string& message,
        const std::string& reconcile_id
    ) override;
    std::vector<Event> list(std::int64_t after) const override;

private:
    Clock& clock_;
    mutable std::mutex mutex_;
    std::deque<Event> events_;
    std::int64_t sequence_ = 0;
};

}  // namespace vectis::controller
