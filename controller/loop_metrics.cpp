#include "controller/loop_metrics.hpp"

#include <array>
#include <vector>

namespace vectis::controller {
namespace {

constexpr std::array<const char*, 3> outcome_names{"success", "requeue_after", "error"};
constexpr std::array<const char*, 3> priority_names{"user", "normal", "resync"};

/// All kinds share one queue.
const MetricLabels queue_labels{{"controller", "vectis"}, {"name", "vectis"}};

double to_seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

MetricLabels labels_of(const std::string& kind) {
    return {{"controller", kind}};
}

MetricLabels labels_of(const std::string& kind, ReconcileOutcome outcome) {
    return {{"controller", kind}, {"result", outcome_names[static_cast<std::size_t>(outcome)]}};
}

void describe(Metrics& metrics) {
    metrics.describe(
        "controller_runtime_reconcile_total", "counter", "Reconciles by controller and result."
    );
    metrics.describe(
        "controller_runtime_reconcile_errors_total", "counter", "Reconciles that failed."
    );
    metrics.describe_histogram(
        "controller_runtime_reconcile_time_seconds",
        "Time of a reconcile.",
        {0.005, 0.01, 0.025, 0.05, 0.1,  0.15, 0.2,  0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6,
         0.7,   0.8,  0.9,   1,    1.25, 1.5,  1.75, 2,    2.5, 3,    3.5, 4,    4.5, 5,
         6,     7,    8,     9,    10,   15,   20,   25,   30,  40,   50,  60}
    );
    metrics.describe_histogram(
        "controller_resync_seconds",
        "Time in which every object was reconciled once, whatever was heard.",
        {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60}
    );
    metrics.describe(
        "controller_runtime_active_workers", "gauge", "Workers that reconcile at the moment."
    );
    metrics.describe(
        "controller_runtime_max_concurrent_reconciles", "gauge", "Workers that there are."
    );
    metrics.describe(
        "leader_election_master_status", "gauge", "1 while this process holds the lease."
    );
    metrics.describe("workqueue_depth", "gauge", "Keys that wait, due or not.");
    metrics.describe("workqueue_adds_total", "counter", "Keys that were added.");
    metrics.describe("workqueue_retries_total", "counter", "Keys that came back after a failure.");
    metrics.describe(
        "workqueue_unfinished_work_seconds", "gauge", "Age of all work in progress, together."
    );
    metrics.describe(
        "workqueue_longest_running_processor_seconds", "gauge", "Age of the oldest of it."
    );
    const std::vector<double> bounds{
        1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000
    };
    metrics.describe_histogram(
        "workqueue_queue_duration_seconds", "How long keys were due before they were taken.", bounds
    );
    metrics.describe_histogram(
        "workqueue_work_duration_seconds", "How long keys were worked on.", bounds
    );
}

}  // namespace

LoopMetrics::LoopMetrics(Metrics& metrics) : metrics_(metrics) {
    describe(metrics_);
    metrics_.add("workqueue_adds_total", queue_labels, 0);
    metrics_.add("workqueue_retries_total", queue_labels, 0);
    metrics_.begin_histogram("workqueue_queue_duration_seconds", queue_labels);
    metrics_.begin_histogram("workqueue_work_duration_seconds", queue_labels);
    metrics_.begin_histogram("controller_resync_seconds", {});
    update({});
}

void LoopMetrics::begin(const std::string& kind) {
    for (const ReconcileOutcome outcome :
         {ReconcileOutcome::success, ReconcileOutcome::requeue_after, ReconcileOutcome::error}) {
        metrics_.add("controller_runtime_reconcile_total", labels_of(kind, outcome), 0);
    }
    metrics_.add("controller_runtime_reconcile_errors_total", labels_of(kind), 0);
    metrics_.add("controller_runtime_active_workers", labels_of(kind), 0);
    metrics_.begin_histogram("controller_runtime_reconcile_time_seconds", labels_of(kind));
}

void LoopMetrics::started(const std::string& kind, Duration waited) {
    metrics_.observe("workqueue_queue_duration_seconds", queue_labels, to_seconds(waited));
    metrics_.add("controller_runtime_active_workers", labels_of(kind), 1);
}

void LoopMetrics::ended(const std::string& kind, ReconcileOutcome outcome, Duration took) {
    metrics_.add("controller_runtime_active_workers", labels_of(kind), -1);
    metrics_.add("controller_runtime_reconcile_total", labels_of(kind, outcome));
    if (outcome == ReconcileOutcome::error) {
        metrics_.add("controller_runtime_reconcile_errors_total", labels_of(kind));
    }
    metrics_.observe(
        "controller_runtime_reconcile_time_seconds", labels_of(kind), to_seconds(took)
    );
    metrics_.observe("workqueue_work_duration_seconds", queue_labels, to_seconds(took));
}

void LoopMetrics::resynced(Duration took) {
    metrics_.observe("controller_resync_seconds", {}, to_seconds(took));
}

void LoopMetrics::set_workers(std::size_t workers) {
    metrics_.set(
        "controller_runtime_max_concurrent_reconciles",
        {{"controller", "vectis"}},
        static_cast<double>(workers)
    );
}

void LoopMetrics::set_leader(bool is_leader) {
    metrics_.set("leader_election_master_status", {{"name", "vectis"}}, is_leader ? 1 : 0);
}

void LoopMetrics::update(const QueueStats& stats) {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < stats.waiting.size(); ++i) {
        MetricLabels labels = queue_labels;
        labels["priority"] = priority_names[i];
        metrics_.set("workqueue_depth", labels, static_cast<double>(stats.waiting[i]));
    }
    metrics_.set("workqueue_unfinished_work_seconds", queue_labels, to_seconds(stats.unfinished));
    metrics_.set(
        "workqueue_longest_running_processor_seconds", queue_labels, to_seconds(stats.longest)
    );
    // Another thread may bring older numbers than those that are counted already.
    if (stats.adds > last_.adds) {
        metrics_.add(
            "workqueue_adds_total", queue_labels, static_cast<double>(stats.adds - last_.adds)
        );
        last_.adds = stats.adds;
    }
    if (stats.retries > last_.retries) {
        metrics_.add(
            "workqueue_retries_total",
            queue_labels,
            static_cast<double>(stats.retries - last_.retries)
        );
        last_.retries = stats.retries;
    }
}

}  // namespace vectis::controller
