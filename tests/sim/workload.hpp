#pragma once

#include "tests/sim/life.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::sim {

/// What a user does to an installation. `act` may be called again after a crash and does not do it
/// twice.
struct Workload {
    const char* name;
    std::function<void(Machine&)> prepare;
    std::function<void(Life&)> act;
};

const std::vector<Workload>& workloads();
/// Null if there is none of that name.
const Workload* find_workload(std::string_view name);

}  // namespace vectis::sim
