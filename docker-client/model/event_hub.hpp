#pragma once

#include "docker-client/engine.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

namespace vectis::docker {

/// The event side of the model engine: a ring of the last 256 events for replays, one bounded queue
/// for each stream, and one for a single-threaded simulation that takes events by hand.
/// Thread-safe; sinks run outside of the lock.
class EventHub final {
public:
    static constexpr std::size_t ring_size_max = 256;
    static constexpr std::size_t queue_size_max = 1024;  ///< a slow reader loses what comes beyond

    void append(const std::vector<Event>& events);
    /// Everything since the last call, oldest first.
    std::vector<Event> take();
    /// Replays what is not older than `since`, then delivers until the stop token is set (returns)
    /// or the engine went away (throws EngineError). A token that is set at the beginning still
    /// gets the replay.
    void stream(std::optional<Time> since, const EventSink& sink, const std::stop_token& stop);
    /// Live streams end with an error.
    void break_streams();
    /// The daemon was made anew: live streams end with an error, the ring is empty.
    void forget();

private:
    using Queue = std::deque<Event>;

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t lives_ = 0;  ///< counts breaks, so that a stream notices one
    Queue ring_;
    Queue pending_;
    std::vector<Queue*> readers_;
};

}  // namespace vectis::docker
