#include "controller/home.hpp"

#include "controller/sim_clock.hpp"
#include "controller/store.hpp"
#include "tests/unit/controller/folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
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

unsigned mode_of(const std::string& path) {
    struct stat facts{};
    EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
    return facts.st_mode & 07777U;
}

TEST(Home, IsMadePrivate) {
    const TestFolder folder;
    const Home home{folder / "a/vectis"};
    claim_home(home);
    EXPECT_EQ(mode_of(home.folder), 0700U);
    std::ofstream(home.secrets()) << "x";
    std::ofstream(home.folder + "/notes") << "x";
    EXPECT_NO_THROW(claim_home(home)) << "it is an installation's already";
}

TEST(Home, IsNoFolderOfOthersWhichStaysAsItIs) {
    const TestFolder folder;
    const auto refused = [&](const std::string& why) {
        const unsigned before = mode_of(folder.path());
        try {
            claim_home({folder.path()});
            ADD_FAILURE() << "was taken, expected: " << why;
        } catch (const StoreError& error) {
            EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
            EXPECT_NE(std::string(error.what()).find("set VECTIS_HOME"), std::string::npos);
        }
        EXPECT_EQ(mode_of(folder.path()), before);
    };
    std::filesystem::permissions(folder.path(), std::filesystem::perms(01777));
    refused("others can write into");
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
    std::ofstream(folder / "letter") << "x";
    refused("files of others");
    if (::geteuid() != 0) return;  // only root can give a folder away
    std::filesystem::remove(folder / "letter");
    ASSERT_EQ(::chown(folder.path().c_str(), 65534, 65534), 0);
    refused("belongs to another user");
}

TEST(Home, MayBeTheRootOfANewFileSystem) {
    const TestFolder folder;
    std::filesystem::create_directory(folder / "lost+found");
    EXPECT_NO_THROW(claim_home({folder.path()}));
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
