#include "controller/manifests.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace vectis::controller {
namespace {

namespace fs = std::filesystem;

// Tests run in the root of the sources.
constexpr const char* source_folder = "manifests";

class Folder {
public:
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "vectis-manifests-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        path_ = pattern;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    void write(const std::string& path, const std::string& content) const {
        fs::create_directories((path_ / path).parent_path());
        std::ofstream(path_ / path, std::ios::binary) << content;
    }
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

TEST(Manifests, HoldInTheBinaryWhatTheFolderHolds) {
    const auto embedded = Manifests::embedded();
    const auto folder = Manifests::from_folder(source_folder);
    ASSERT_FALSE(folder.list("").empty());
    EXPECT_EQ(embedded.list(""), folder.list(""));
    for (const auto& path : folder.list(""))
        EXPECT_EQ(embedded.read(path), folder.read(path)) << path;
}

TEST(Manifests, ListOnlyWhatIsBelowAFolder) {
    const Manifests manifests({{"a/x", "1"}, {"a/y/z", "2"}, {"ab", "3"}, {"b", "4"}});
    EXPECT_EQ(manifests.list("a"), (std::vector<std::string>{"a/x", "a/y/z"}));
    EXPECT_EQ(manifests.list("a/"), manifests.list("a"));
    EXPECT_TRUE(manifests.list("c").empty());
}

TEST(Manifests, SayThatAnUnknownPathIsAbsent) {
    const std::map<std::string, std::string> files{{"a", "1"}};
    EXPECT_EQ(Manifests(files).read("b"), std::nullopt);
}

TEST(Manifests, KeepEveryByteOfAFile) {
    const Folder folder;
    const std::string content("\0\"\\;[${x}\n\xff", 11);
    folder.write("config/odd", content);
    EXPECT_EQ(Manifests::from_folder(folder.path()).read("config/odd"), content);
}

TEST(Manifests, LeaveOutHiddenFilesAndTheFoldersOwnDocumentation) {
    const Folder folder;
    folder.write("README.md", "x");
    folder.write("CMakeLists.txt", "x");
    folder.write("sub/.hidden/x", "x");
    folder.write("sub/file", "x");
    EXPECT_EQ(Manifests::from_folder(folder.path()).list(""), std::vector<std::string>{"sub/file"});
}

TEST(Manifests, NameAFolderThatCannotBeRead) {
    try {
        Manifests::from_folder("/nonexistent/manifests");
        FAIL() << "it was read";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("/nonexistent/manifests"), std::string::npos);
    }
}

TEST(Manifests, RefuseAFileThatIsTooLarge) {
    const Folder folder;
    folder.write("big", std::string((1U << 20U) + 1, 'x'));
    EXPECT_THROW(Manifests::from_folder(folder.path()), std::runtime_error);
}

}  // namespace
}  // namespace vectis::controller
