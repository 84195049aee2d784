#pragma once

#include "controller/metrics.hpp"
#include "reconcilers/core/seams.hpp"
#include "resources/object.hpp"

#include <string>

namespace vectis::reconcilers {

/// Says what is about to be done to whom and why: to the trace, which `vectis plan` prints, and to
/// the log. Before every effect, by whoever has it.
void announce(
    const Trace& trace,
    const resources::ObjectKey& key,
    const std::string& action,
    const std::string& cause
);

/// `drift_total{kind,cause}`: something that served is not as it was left, and is put in order.
/// `cause` is one of few words, such as "stopped".
void count_drift(const Seams& seams, const std::string& kind, const std::string& cause);

/// `rollback_total{kind}`: a change failed and is taken back.
void count_rollback(const Seams& seams, const std::string& kind);

/// Makes these series exist, so that rates can be computed from the first drift on.
void describe_action_metrics(controller::Metrics& metrics);

}  // namespace vectis::reconcilers
