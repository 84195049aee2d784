#include "controller/home.hpp"

#include "controller/sim_clock.hpp"
#include "controller/store.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace vectis::controller {
namespace {

TEST(Home, IsWhereTheEnvironmentSaysElseWhereTheUserMayWrite) {
    EXPECT_EQ(home_from({{"VECTIS_HOME", "/srv/v"}}, 0).folder, "/srv/v");
    EXPECT_EQ(home_from({{"HOME", "/root"}}, 0).folder, "/var/lib/vectis");
    EXPECT_EQ(home_from({{"HOME", "/home/u"}}, 1000).folder, "/home/u/.local/state/vectis");
    EXPECT_THROW(home_from({}, 1000), std::invalid_argument);
    EXPECT_THROW(home_from({{"VECTIS_HOME", "relative"}}, 0), std::invalid_argument);
}

TEST(Home, TakesProjectsThatTheEngineTakesAsNames) {
    EXPECT_EQ(project_from({}), "vectis");
    EXPECT_EQ(project_from({{"VECTIS_PROJECT", "mail-2"}}), "mail-2");
    for (const char* bad :
         {"Mail", "a_b", "-a", "a-", "a/b", "abcdefghijklmnopqrstuvwxyz0123456"}) {
        EXPECT_THROW(project_from({{"VECTIS_PROJECT", bad}}), std::invalid_argument) << bad;
    }
}

TEST(Home, KeepsTheIdOfTheInstallation) {
    SimDisk disk;
    SimClock clock;
    SeededRandom random(1);
    const std::string id = installation_id(disk, random, clock.now());
    EXPECT_EQ(id.size(), 36U);
    EXPECT_EQ(installation_id(disk, random, clock.now()), id);
}

TEST(Home, RefusesADamagedIdInsteadOfDisowningWhatRuns) {
    SimClock clock;
    SeededRandom random(1);
    for (const char* damaged : {"", "short", "0193591a-0000-7000-8000-00000000000X"}) {
        SimDisk disk;
        disk.replace("installation", damaged);
        EXPECT_THROW(installation_id(disk, random, clock.now()), StoreError) << damaged;
        EXPECT_EQ(disk.read("installation"), damaged);
    }
}

}  // namespace
}  // namespace vectis::controller
