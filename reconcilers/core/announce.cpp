#include "reconcilers/core/announce.hpp"

#include "controller/log.hpp"

namespace vectis::reconcilers {

void announce(
    const Trace& trace,
    const resources::ObjectKey& key,
    const std::string& action,
    const std::string& cause
) {
    if (trace) trace({key, action, cause});
    controller::log::info(
        "action", {{"object", resources::to_text(key)}, {"action", action}, {"cause", cause}}
    );
}

void count_drift(const Seams& seams, const std::string& kind, const std::string& cause) {
    if (seams.metrics != nullptr)
        seams.metrics->add("drift_total", {{"kind", kind}, {"cause", cause}});
}

void count_rollback(const Seams& seams, const std::string& kind) {
    if (seams.metrics != nullptr) seams.metrics->add("rollback_total", {{"kind", kind}});
}

void describe_action_metrics(controller::Metrics& metrics) {
    metrics.describe_histogram(
        "engine_op_seconds",
        "Time of a request to the Docker Engine.",
        {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60}
    );
    metrics.describe(
        "drift_total", "counter", "Repairs of what served and was not as it was left."
    );
    for (const char* cause : {"stopped", "unhealthy", "paused", "disconnected", "missing"})
        metrics.add("drift_total", {{"kind", "Workload"}, {"cause", cause}}, 0);
    metrics.add("drift_total", {{"kind", "Network"}, {"cause", "missing"}}, 0);
    metrics.describe("rollback_total", "counter", "Changes that failed and were taken back.");
    for (const char* kind : {"Platform", "Workload"})
        metrics.add("rollback_total", {{"kind", kind}}, 0);
}

}  // namespace vectis::reconcilers
