#pragma once

#include "controller/clock.hpp"
#include "controller/random.hpp"
#include "resources/object.hpp"

#include <array>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <tuple>
#include <utility>

namespace vectis::controller {

/// Changes made by people overtake resyncs.
enum class Priority { user = 0, normal = 1, resync = 2 };

/// What a queue did since it was made, and what it holds now.
struct QueueStats {
    std::uint64_t adds = 0;
    std::uint64_t retries = 0;
    std::array<std::size_t, 3> waiting{};  ///< by priority, due or not
    Duration unfinished{};                 ///< how long all keys that are held have been, together
    Duration longest{};                    ///< and the one that has been longest
};

/// Keys that are to be looked at, each at most once, each by one worker at a time. For a key that
/// is added again the earliest time and the highest priority win; one that is added while a worker
/// has it is handed out again after `done`. Among keys that are due the priority decides, then the
/// time, then who came first. Failures back off per key: 50 ms doubled up to 60 s, with jitter of
/// ±20 %, and never give up. Thread-safe.
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
    /// Ends the hold and adds the key again after its back-off, which is a second at most if a
    /// person changed the object meanwhile. Returns the delay.
    Duration failed(const resources::ObjectKey& key);
    /// Forgets the failures of a key.
    void forget(const resources::ObjectKey& key);

    /// When the next key that nobody holds is due; nothing if there is none.
    std::optional<Time> next_due() const;
    /// Keys that wait or are held.
    std::size_t size() const;
    int failures(const resources::ObjectKey& key) const;
    /// How long a key that is held had been due when it was taken.
    Duration waited(const resources::ObjectKey& key) const;
    QueueStats stats() const;

private:
    using Rank = std::tuple<Priority, Time, std::uint64_t>;
    struct Entry {
        Time due{};
        Priority priority = Priority::normal;
        std::uint64_t number = 0;  ///< of arrival
        bool is_ready = false;     ///< in ready_, else in later_
    };
    struct Hold {
        std::optional<Entry> added{};  ///< meanwhile
        Time since{};
        Duration waited{};
    };
    using Waiting = std::map<resources::ObjectKey, Entry>;

    void put(const resources::ObjectKey& key, const Entry& entry);
    void index(Waiting::iterator place);
    void unindex(const Entry& entry);
    std::optional<resources::ObjectKey> take_locked(Time now);
    std::optional<Time> next_due_locked() const;

    Clock& clock_;
    Random& random_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t changes_ = 0;  ///< lets a waiting worker see that there is something new
    std::uint64_t arrivals_ = 0;
    QueueStats stats_;
    Waiting waiting_;
    std::map<std::pair<Time, std::uint64_t>, Waiting::iterator> later_;
    std::map<Rank, Waiting::iterator> ready_;
    std::map<resources::ObjectKey, Hold> held_;
    std::map<resources::ObjectKey, int> failures_;
};

}  // namespace vectis::controller
