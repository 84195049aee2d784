#pragma once

#include "controller/clock.hpp"
#include "controller/random.hpp"
#include "resources/object.hpp"

#include <array>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

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
/// time, then who came first. Kinds whose work waits for something slow can be limited, so that
/// they never have all workers. Failures back off per key: 50 ms doubled up to 60 s, with jitter of
/// ±20 %, and never give up; who adds a failing key shortens its wait to a second, or to the
/// back-off if that is less. Thread-safe.
class WorkQueue {
public:
    WorkQueue(Clock& clock, Random& random);

    /// Of these kinds, together, at most `held_max` keys are held at a time. Before the first key.
    void limit(const std::vector<std::string>& kinds, std::size_t held_max);

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
        bool is_ready = false;     ///< in the lane's ready, else in later_
        std::size_t lane = 0;
    };
    struct Hold {
        std::optional<Entry> added{};  ///< meanwhile
        Time since{};
        Duration waited{};
    };
    struct Failing {
        int count = 0;
        Time rests_until{};  ///< whoever adds the key
    };
    using Waiting = std::map<resources::ObjectKey, Entry>;
    using Held = std::map<resources::ObjectKey, Hold>;
    /// Kinds that share a limit.
    struct Lane {
        std::size_t held_max = std::numeric_limits<std::size_t>::max();
        std::size_t held = 0;
        std::map<Rank, Waiting::iterator> ready{};

        bool has_room() const { return held < held_max; }
    };

    std::size_t lane_of(const std::string& kind) const;
    void put(const resources::ObjectKey& key, const Entry& entry);
    void index(Waiting::iterator place);
    void unindex(const Entry& entry);
    void release(Held::iterator held);
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
    std::vector<Lane> lanes_{1};  ///< the first is for the kinds without a limit
    std::map<std::string, std::size_t, std::less<>> lanes_of_kinds_;
    Held held_;
    std::map<resources::ObjectKey, Failing> failures_;
};

}  // namespace vectis::controller
