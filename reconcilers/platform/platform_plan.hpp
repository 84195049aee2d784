#pragma once

#include "reconcilers/platform/expand.hpp"
#include "resources/object.hpp"

#include <map>
#include <string>
#include <vector>

namespace vectis::reconcilers {

/// What a Platform has to remember of its rollouts; stored in its status.
struct RolloutProgress {
    /// Hash of the waves that were last Ready as a whole; empty before the first time.
    std::string stable{};
    /// What they declared, in their order; a rollout that fails goes back to this.
    std::vector<resources::Object> stable_children{};
    std::string quarantined{};  ///< hash of the waves that failed and were taken back
    std::string attempt{};      ///< the try that failed, as the Platform's annotation says
    std::string failure{};      ///< why

    friend bool operator==(const RolloutProgress&, const RolloutProgress&) = default;
};

enum class ChildVerb { create, update, revert, remove, quarantine, record_stable };

struct ChildAction {
    ChildVerb verb{};
    resources::Object child{};  ///< as it is to be written; the key alone for `remove`
    std::string cause{};
};

std::string to_text(const ChildAction& action);

enum class PlatformPhase { ready, progressing, stalled };

struct PlatformPlan {
    std::vector<ChildAction> actions{};
    PlatformPhase phase = PlatformPhase::progressing;
    std::string reason{};
    std::string message{};
    bool is_gone = false;
};

using Children = std::map<resources::ObjectKey, resources::Object>;

/// The gate: a wave may change when what was changed in the one before it is Ready; if a changed
/// child stalls, all children of every wave go back to what was declared when all last were Ready,
/// last wave first. A child that the rollout leaves alone holds nothing up.
/// Before the first success nothing runs that a gate could protect, so all waves go at once. Pure.
PlatformPlan plan_platform(
    const resources::Object& platform,
    const Expansion& wanted,
    const Children& children,
    const RolloutProgress& progress
);

}  // namespace vectis::reconcilers
