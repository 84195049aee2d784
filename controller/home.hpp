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
    std::string old_log() const { return log() + ".1"; }
    std::string pid() const { return folder + "/controller.pid"; }
    std::string lock() const { return folder + "/controller.lock"; }
    std::string up_lock() const { return folder + "/up.lock"; }
    std::string secrets() const { return folder + "/secrets.yaml"; }
};

/// Makes the folder, private, or finds that it is the installation's own: with what an installation
/// leaves in it, or empty. Throws StoreError for any other, which stays as it is.
void claim_home(const Home& home);

/// From VECTIS_HOME, HOME and the user id.
Home home_from(const std::map<std::string, std::string>& environment, unsigned int user_id);

/// VECTIS_PROJECT, default "vectis". Throws std::invalid_argument if it is no name that the engine
/// takes.
std::string project_from(const std::map<std::string, std::string>& environment);

/// The UUID of the installation, made at first use and kept. Throws StoreError if what was kept is
/// damaged.
std::string installation_id(Disk& disk, Random& random, Time now);

}  // namespace vectis::controller
