#pragma once

#include "api/backends.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace vectis::api {

/// How far an object is, in kstatus' words.
enum class Phase { ready, reconciling, stalled, terminating };

struct ObjectState {
    Phase phase = Phase::reconciling;
    std::string reason{};
    std::string message{};
};

std::string_view to_text(Phase phase);

/// From the conditions. Kinds that nothing reconciles (mail kinds, secrets) are ready as soon as
/// they are stored.
ObjectState state_of(const resources::Object& object);

/// {kind: "Summary", version, pid, metricsPort, objects: [{kind, namespace, name, phase, reason,
/// message, declaredBy, …status}], warnings: [text]}. Mail kinds are left out, with a warning,
/// while their store cannot be asked.
boost::json::object summarize(const Backends& backends, const std::vector<SourceState>& sources);

}  // namespace vectis::api
