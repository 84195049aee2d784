#pragma once

#include "controller/metrics.hpp"
#include "controller/work_queue.hpp"

#include <mutex>
#include <string>

namespace vectis::controller {

enum class ReconcileOutcome { success, requeue_after, error };

/// The numbers of a worker loop, by the names of Kubernetes' controller-runtime and workqueue,
/// which existing dashboards know. Thread-safe.
class LoopMetrics {
public:
    explicit LoopMetrics(Metrics& metrics);

    /// Every series of the kind exists from now on.
    void begin(const std::string& kind);
    void started(const std::string& kind, Duration waited);
    void ended(const std::string& kind, ReconcileOutcome outcome, Duration took);
    /// Every key was handed out, and that long later each had been reconciled.
    void resynced(Duration took);
    void set_workers(std::size_t workers);
    /// Whether this process may act: 1 or 0.
    void set_leader(bool is_leader);
    void update(const QueueStats& stats);

private:
    Metrics& metrics_;
    std::mutex mutex_;
    QueueStats last_;  ///< whose counts are in the counters
};

}  // namespace vectis::controller
