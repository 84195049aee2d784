#include "controller/file_secrets.hpp"

#include "controller/store.hpp"
#include "tests/unit/controller/folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace vectis::controller {
namespace {

TEST(FileSecrets, KeepsEveryTextAsItIs) {
    SimDisk disk;
    const Secrets::Values values{
        {"word", "no"},
        {"number", "010"},
        {"empty", ""},
        {"spaces", "  a  "},
        {"key", "-----BEGIN KEY-----\nabc\ndef\n-----END KEY-----\n"},
        {"odd", "a: b # c ' \" \\ {x} [y] & * ! | > % @ ` ü \t end"},
        {"control", std::string("\x01\x7f", 2)},
        {"dash", "- x"},
        {"null", "null"},
    };
    FileSecrets(disk).put("vectis/postgres", values);
    EXPECT_EQ(FileSecrets(disk).get("vectis/postgres"), values);
}

TEST(FileSecrets, KeepsOthersWhenOneChanges) {
    SimDisk disk;
    disk.replace(secrets_file, "vectis/by-hand:\n  password: secret\n");
    FileSecrets secrets(disk);
    secrets.put("vectis/a", {{"password", "1"}});
    secrets.put("vectis/a", {{"password", "2"}});
    secrets.put("vectis/b", {{"password", "3"}});
    secrets.remove("vectis/b");
    secrets.remove("vectis/never-there");
    FileSecrets reopened(disk);
    EXPECT_EQ(reopened.names(), (std::vector<std::string>{"vectis/a", "vectis/by-hand"}));
    EXPECT_EQ(reopened.get("vectis/by-hand")->at("password"), "secret");
    EXPECT_EQ(reopened.get("vectis/a")->at("password"), "2");
    EXPECT_EQ(reopened.get("vectis/b"), std::nullopt);
}

TEST(FileSecrets, RefusesWhatItCannotReadAndLeavesItAlone) {
    for (const char* text :
         {"a: [",
          "a: text\n",
          "a:\n  password: 12\n",
          "a:\n  b:\n    c: d\n",
          "a:\n  p: x\n---\nb:\n  p: y\n"}) {
        SimDisk disk;
        disk.replace(secrets_file, text);
        EXPECT_THROW(FileSecrets{disk}, StoreError) << text;
        EXPECT_EQ(disk.read(secrets_file), text);
    }
}

TEST(FileSecrets, DoesNotRememberWhatItCouldNotWrite) {
    SimDisk disk;
    FileSecrets secrets(disk);
    secrets.put("vectis/a", {{"password", "1"}});
    disk.set_full(true);
    EXPECT_THROW(secrets.put("vectis/a", {{"password", "2"}}), StoreError);
    EXPECT_THROW(secrets.remove("vectis/a"), StoreError);
    EXPECT_EQ(secrets.get("vectis/a")->at("password"), "1");
}

TEST(FileSecrets, RefusesAFileThatOthersCanRead) {
    const TestFolder folder;
    EXPECT_NO_THROW(check_secrets_mode(folder / "secrets.yaml"));
    std::ofstream(folder / "secrets.yaml") << "a: {}\n";
    std::filesystem::permissions(folder / "secrets.yaml", std::filesystem::perms(0640));
    EXPECT_THROW(check_secrets_mode(folder / "secrets.yaml"), StoreError);
    std::filesystem::permissions(folder / "secrets.yaml", std::filesystem::perms(0600));
    EXPECT_NO_THROW(check_secrets_mode(folder / "secrets.yaml"));
}

}  // namespace
}  // namespace vectis::controller
