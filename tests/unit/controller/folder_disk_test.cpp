#include "controller/disk.hpp"
#include "controller/store.hpp"
#include "tests/unit/controller/folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace vectis::controller {
namespace {

namespace fs = std::filesystem;

class FolderDiskTest : public testing::Test {
protected:
    static unsigned mode_of(const fs::path& path) {
        struct stat facts{};
        EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
        return facts.st_mode & 0777U;
    }

    TestFolder folder;
    const std::string& root = folder.path();
};

TEST_F(FolderDiskTest, MakesAPrivateFolderWithPrivateFiles) {
    FolderDisk disk(root + "/a/state");
    disk.append("log", "x");
    disk.replace("snapshot", "y");
    EXPECT_EQ(mode_of(root + "/a/state"), 0700U);
    EXPECT_EQ(mode_of(root + "/a/state/log"), 0600U);
    EXPECT_EQ(mode_of(root + "/a/state/snapshot"), 0600U);
}

TEST_F(FolderDiskTest, DoesNotChangeTheModeOfAFolderThatWasThere) {
    fs::permissions(root, fs::perms(0755));
    const FolderDisk disk(root);
    EXPECT_EQ(mode_of(root), 0755U);
}

TEST_F(FolderDiskTest, LetsNobodyElseWriteIntoItsFolder) {
    fs::permissions(root, fs::perms(0775));
    const FolderDisk disk(root);
    EXPECT_EQ(mode_of(root), 0755U);
}

TEST_F(FolderDiskTest, RefusesAFolderThatEverybodyShares) {
    fs::permissions(root, fs::perms(01777));
    EXPECT_THROW(FolderDisk{root}, StoreError);
    EXPECT_EQ(mode_of(root), 0777U);
}

TEST_F(FolderDiskTest, ReadsWhatWasAppendedReplacedAndCut) {
    FolderDisk disk(root);
    EXPECT_EQ(disk.read("log"), std::nullopt);
    disk.append("log", "one");
    disk.append("log", std::string("t\0o", 3));
    EXPECT_EQ(disk.read("log"), std::string("onet\0o", 6));
    disk.truncate("log", 3);
    EXPECT_EQ(disk.read("log"), "one");
    disk.replace("log", "anew");
    EXPECT_EQ(disk.read("log"), "anew");
    disk.remove("log");
    disk.remove("log");
    EXPECT_EQ(disk.read("log"), std::nullopt);
}

TEST_F(FolderDiskTest, ReadsFilesLargerThanOneRead) {
    FolderDisk disk(root);
    std::string content;
    for (int i = 0; i < 400'000; ++i) content += std::to_string(i) + '\n';
    disk.append("log", content);
    EXPECT_EQ(disk.read("log"), content);
}

TEST_F(FolderDiskTest, CutsAFileThatDoesNotExistYet) {
    FolderDisk disk(root);
    disk.truncate("log", 0);
    EXPECT_EQ(disk.read("log"), "");
}

TEST_F(FolderDiskTest, NamesTheFileThatItCannotRead) {
    FolderDisk disk(root);
    fs::create_directory(root + "/log");
    try {
        disk.read("log");
        FAIL() << "a folder is no file";
    } catch (const StoreError& error) {
        EXPECT_NE(std::string(error.what()).find(root + "/log"), std::string::npos);
    }
}

TEST_F(FolderDiskTest, SaysThatTheDeviceIsFull) {
    if (!fs::exists("/dev/full")) GTEST_SKIP() << "this machine has no /dev/full";
    FolderDisk disk(root);
    fs::create_symlink("/dev/full", root + "/log");
    try {
        disk.append("log", "x");
        FAIL() << "nothing can be written to a full device";
    } catch (const StoreError& error) {
        EXPECT_NE(std::string(error.what()).find("No space left on device"), std::string::npos);
    }
}

}  // namespace
}  // namespace vectis::controller
