#pragma once

#include "controller/clock.hpp"
#include "docker-client/error.hpp"

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

}  // namespace vectis::reconcilers
