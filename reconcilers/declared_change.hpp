#pragma once

#include "controller/apply.hpp"
#include "controller/planning.hpp"

#include <string>
#include <vector>

namespace vectis::reconcilers {

/// What became of a change: the objects that were accepted, each with its cause, or in words what
/// was not; then it is unknown how much of the rest was written.
struct DeclaredChange {
    std::vector<controller::PlannedAction> actions{};
    std::vector<std::string> refused{};
};

/// Declares it as `vectis up` and `vectis apply` do, by the same function.
DeclaredChange declare_change(
    const controller::Stores& stores,
    controller::Clock& clock,
    const controller::DesiredChange& change
);

}  // namespace vectis::reconcilers
