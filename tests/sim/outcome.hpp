#pragma once

#include "controller/store.hpp"
#include "tests/sim/machine.hpp"

#include <string>

namespace vectis::sim {

/// What engine, stores and volumes hold, one fact a line, without what may differ between two runs
/// that end alike: ids, generations, and what is named by the hash of a generated secret. Secrets
/// in files are shown by their names.
std::string outcome_of(Machine& machine, controller::Store& store);

/// The lines that only one of them has.
std::string difference(const std::string& wanted, const std::string& got);

}  // namespace vectis::sim
