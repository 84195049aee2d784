#pragma once

#include "controller/store.hpp"
#include "tests/sim/machine.hpp"
#include "tests/sim/workload.hpp"

#include <map>
#include <string>

namespace vectis::sim {

/// What on the engine is not ours, as it is to the last field.
struct Others {
    std::map<std::string, docker::StoredContainer> containers{};
    std::map<std::string, docker::StoredNetwork> networks{};
    std::map<std::string, docker::StoredVolume> volumes{};

    friend bool operator==(const Others&, const Others&) = default;
};

/// Puts some there that carry names of ours, and one of each kind that do not.
void make_others(docker::ModelEngine& engine, const Taken& taken);
Others others_of(docker::ModelEngine& engine);

// What is wrong, in words; empty if nothing. None of these compares with another run: a mistake
// that is made without faults too does not hide.

/// Each data volume that ever was there still is, is the same one, and holds what was written.
std::string lost_data(Machine& machine, const Workload& workload);
/// After the platform was deleted: nothing is ours but the data volumes and the mail objects.
std::string left_over(Machine& machine, controller::Store& store);
/// No value of a secret is readable outside of secrets and files: not in logs, events, objects,
/// traces, nor in what the engine shows of containers, networks, volumes and images.
std::string leaked_secrets(Machine& machine, controller::Store& store, const std::string& log);

}  // namespace vectis::sim
