#pragma once

#include "resources/object.hpp"

#include <string>
#include <vector>

namespace vectis::controller {

/// One action that a reconciler performed or would perform.
struct PlannedAction {
    resources::ObjectKey object{};
    std::string text{};   ///< stable form: "create container vectis-postfix-2"
    std::string cause{};  ///< which field, old → new; or what was observed

    friend bool operator==(const PlannedAction&, const PlannedAction&) = default;
};

/// A wished change of what is declared.
struct DesiredChange {
    std::vector<resources::Object> apply{};
    std::vector<resources::ObjectKey> remove{};
    /// As whom it would be declared ("file:<folder>": all that the folder declares); empty: by
    /// somebody to whom every other gives way.
    std::string manager{};
};

struct PlanOutcome {
    std::vector<PlannedAction> actions{};
    std::vector<std::string> notes{};    ///< what would not become Ready, and why
    std::vector<std::string> refused{};  ///< what would not be accepted; then nothing is planned
};

/// Declares the change and runs the real loop on a model of what is running now, until nothing
/// changes; StoreError if it does not come to rest. `reconcilers/` implements it.
class Planner {
public:
    Planner() = default;
    Planner(const Planner&) = delete;
    Planner& operator=(const Planner&) = delete;
    virtual ~Planner() = default;

    virtual PlanOutcome plan(const DesiredChange& change) = 0;
};

}  // namespace vectis::controller
