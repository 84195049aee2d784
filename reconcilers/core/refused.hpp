#pragma once

#include "controller/clock.hpp"
#include "docker-client/error.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

namespace vectis::reconcilers {

/// The engine said no to an action of a plan. The reconciler says so in the status and tries again
/// later.
class ActionRefused : public std::runtime_error {
public:
    ActionRefused(const std::string& action, const docker::Refusal& refusal)
        : std::runtime_error(action + ": " + refusal.message()), reason_(refusal.reason()) {}

    docker::RefusalReason reason() const { return reason_; }

private:
    docker::RefusalReason reason_;
};

/// The one word for the status.
inline std::string reason_word(const ActionRefused& refused) {
    switch (refused.reason()) {
        case docker::RefusalReason::port_in_use:
            return "PortInUse";
        case docker::RefusalReason::no_space:
            return "NoSpace";
        case docker::RefusalReason::conflict:
            return "NameConflict";
        default:
            return "EngineRefused";
    }
}

/// A rollout is taken back when a component stalls; one failed call is not worth that.
inline constexpr controller::Duration refusal_patience = std::chrono::seconds(10);

/// Whether what was first refused then has been refused for so long that it will not pass by
/// itself.
inline bool has_lasted(std::optional<controller::Time> since, controller::Time now) {
    return since && now - *since >= refusal_patience;
}

/// Where a status remembers since when the engine refuses.
inline constexpr const char* refused_since = "refusedSince";

/// Notes a refusal in the status; the time of the first one.
inline controller::Time note_refusal(boost::json::object& status, controller::Time now) {
    const boost::json::value* since = status.if_contains(refused_since);
    if (since != nullptr && since->is_string())
        return controller::parse_time(std::string(since->as_string()));
    status[refused_since] = controller::format_time_micro(now);
    return now;
}

}  // namespace vectis::reconcilers
