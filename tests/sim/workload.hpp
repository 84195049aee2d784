#pragma once

#include "controller/planning.hpp"
#include "tests/sim/life.hpp"

#include <string_view>
#include <vector>

namespace vectis::sim {

/// What a user does to an installation.
struct Workload {
    const char* name;
    bool is_deployed;  ///< before the change
    controller::DesiredChange change;
};

/// Brings a machine to where the workload begins.
void prepare(Machine& machine, const Workload& workload);
/// Declares the change. May be called again after a crash and does not do it twice.
void act(Life& life, const Workload& workload);

const std::vector<Workload>& workloads();
/// Null if there is none of that name.
const Workload* find_workload(std::string_view name);

}  // namespace vectis::sim
