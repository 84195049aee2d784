#pragma once

#include "controller/clock.hpp"
#include "controller/disk.hpp"
#include "controller/random.hpp"

#include <map>
#include <string>

namespace vectis::controller {

/// The folder of an installation, `$VECTIS_HOME`: /var/lib/vectis for root, ~/.local/state/vectis
/// for others.
struct Home {
    std::string folder{};

    std::string state() const { return folder + "/state"; }
    std::string socket() const { return folder + "/vectis.sock"; }
    std::string log() const { return folder + "/controller.log"; }
    std::string pid() const { return folder + "/controller.pid"; }
    std::string lock() const { return folder + "/controller.lock"; }
};

/// From VECTIS_HOME, HOME and the user id.
Home home_from(const std::map<std::string, std::string>& environment, unsigned int user_id);

/// VECTIS_PROJECT, default "vectis". Throws std::invalid_argument if it is no name that the engine
/// takes.
std::string project_from(const std::map<std::string, std::string>& environment);

/// The UUID of the installation, made at first use and kept. Throws StoreError if what was kept is
/// damaged.
std::string installation_id(Disk& disk, Random& random, Time now);

}  // namespace vectis::controller
