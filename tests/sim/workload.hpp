#pragma once

#include "controller/planning.hpp"
#include "tests/sim/life.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vectis::sim {

/// Names on the engine that somebody else took first.
struct Taken {
    std::vector<std::string> containers{};
    std::vector<std::string> networks{};
    std::vector<std::string> volumes{};
};

/// What a user does to an installation.
struct Workload {
    const char* name;
    bool is_deployed;  ///< before the change
    controller::DesiredChange change;
    std::vector<resources::Object> before{};  ///< declared beside the platform, before the change
    Taken taken{};
    std::vector<std::string> gives_up{};  ///< the data volumes that the change removes by right
    bool is_end = false;                  ///< nothing of ours stays but data
    int share = 1;                        ///< one case in so many: it takes long
};

/// Brings a machine to where the workload begins.
void prepare(Machine& machine, const Workload& workload);
/// Declares the change. May be called again when it did not return, and does not do it twice.
void act(Life& life, const Workload& workload);

const std::vector<Workload>& workloads();
/// Null if there is none of that name.
const Workload* find_workload(std::string_view name);

}  // namespace vectis::sim
