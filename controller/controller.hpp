#pragma once

#include "controller/clock.hpp"
#include "controller/lease.hpp"
#include "controller/loop_metrics.hpp"
#include "controller/metrics.hpp"
#include "controller/random.hpp"
#include "controller/reconciler.hpp"
#include "controller/store.hpp"
#include "controller/work_queue.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace vectis::controller {

/// Whether every object of a store is looked at again once a minute.
enum class Resync { no, yes };

/// The worker loop: takes due keys and hands them to the reconciler of their kind. It remembers
/// nothing that matters: a new controller over the same stores goes on where this one stopped.
/// `step` and `wake` are thread-safe.
class Controller {
public:
    struct Parts {
        Clock& clock;
        Random& random;
        Metrics& metrics;
        const Lease& lease;
    };
    explicit Controller(const Parts& parts);

    /// Before the first step.
    void add(Reconciler& reconciler);
    /// Changes of this store enqueue the object's key and the keys of its owners.
    void follow(Store& store, Resync resync = Resync::yes);

    void wake(const resources::ObjectKey& key, Priority priority = Priority::normal);
    /// Enqueues every object of the followed stores, but of those without resync.
    void resync(Priority priority);
    /// The same, once a minute: what `run` does between other things.
    void resync_when_due();

    /// Reconciles one due key; false if none is due or the lease is not held.
    bool step(std::stop_token stop);
    /// Steps and resyncs until `stop`, on `workers` threads; returns when all have ended, each
    /// after the reconcile that it was in.
    void run(std::size_t workers, std::stop_token stop);
    /// When the next key is due.
    std::optional<Time> next_due() const { return queue_.next_due(); }
    WorkQueue& queue() { return queue_; }

private:
    void reconcile(const resources::ObjectKey& key, std::stop_token stop);
    ReconcileOutcome reconcile_one(
        const resources::ObjectKey& key, const ReconcileContext& context
    );
    void heard(const Change& change);
    void wake_owners(const resources::Object& object);
    std::vector<resources::ObjectKey> keys() const;
    void note_resynced(const resources::ObjectKey& key);
    void work(std::stop_token stop);

    Clock& clock_;
    Random& random_;
    LoopMetrics metrics_;
    const Lease& lease_;
    WorkQueue queue_;
    std::map<std::string, Reconciler*, std::less<>> reconcilers_;
    std::vector<Store*> resynced_;
    std::mutex mutex_;  ///< of random_ and what follows
    Time next_resync_{};
    Time resync_began_{};
    std::set<resources::ObjectKey> resync_left_;  ///< handed out in it, and not yet reconciled
};

}  // namespace vectis::controller
