#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <vector>

#include "controller/clock.hpp"
#include "controller/random.hpp"
#include "resources/object.hpp"

namespace vectis::controller {

/// Changes made by people overtake resyncs.
enum class Priority { user = 0, normal = 1, resync = 2 };

/// Keys that are to be looked at, each at most once, each by one worker at a time. For a key that is added again the earliest
/// time and the highest priority win; one that is added while a worker has it is handed out again after `done`. Failures back
/// off per key: 50 ms doubled up to 60 s, with jitter of ±20 %, and never give up. Thread-safe.
class WorkQueue {
public:
    WorkQueue(Clock& clock, Random& random);

    void add(const resources::ObjectKey& key, Priority priority = Priority::normal);
    void add_at(const resources::ObjectKey& key, Time when, Priority priority = Priority::normal);

    /// A due key, which the caller now holds until `done` or `failed`; nothing if none is due.
    std::optional<resources::ObjectKey> take();
    /// As `take`, but waits (on real time) until one is due or `stop` is set.
    std::optional<resources::ObjectKey> wait_and_take(std::stop_token stop);
    void done(const resources::ObjectKey& key);
    /// Ends the hold and adds the key again after its back-off. Returns the delay.
    Duration failed(const resources::ObjectKey& key);
    /// Forgets the failures of a key.
    void forget(const resources::ObjectKey& key);

    /// When the next key that nobody holds is due; nothing if there is none.
    std::optional<Time> next_due() const;
    std::size_t size() const;
    int failures(const resources::ObjectKey& key) const;

private:
    struct Entry {
        Time due{};
        Priority priority = Priority::normal;
    };
    void put(const resources::ObjectKey& key, const Entry& entry);
    std::optional<resources::ObjectKey> take_locked(Time now);

    Clock& clock_;
    Random& random_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<resources::ObjectKey, Entry> waiting_;
    std::map<resources::ObjectKey, std::optional<Entry>> held_;  ///< with what was added meanwhile
    std::map<resources::ObjectKey, int> failures_;
};

}  // namespace vectis::controller
