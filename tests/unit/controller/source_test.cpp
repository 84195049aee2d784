#include "controller/source.hpp"

#include "controller/journal_store.hpp"
#include "controller/sim_clock.hpp"
#include "tests/unit/controller/folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace vectis::controller {
namespace {

namespace fs = std::filesystem;

std::string network(const std::string& name) {
    return "apiVersion: platform.vectis.dev/v1\nkind: Network\nmetadata:\n  name: " + name +
           "\nspec:\n  internal: true\n";
}

std::string domain(const std::string& name) {
    return "apiVersion: mail.vectis.dev/v1\nkind: Domain\nmetadata:\n  name: " + name +
           "\nspec: {}\n";
}

class SourceTest : public testing::Test {
protected:
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder / name) << text;
    }
    bool has_network(const std::string& name) {
        return platform.get({"Network", "", name}).has_value();
    }
    DeclareOutcome declare() { return source.declare(folder.path()); }
    std::string only_error(const DeclareOutcome& outcome) const {
        EXPECT_EQ(outcome.errors.size(), 1U);
        return outcome.errors.empty() ? "" : resources::to_text(outcome.errors.front());
    }

    TestFolder folder;
    SimClock clock;
    SeededRandom random{1};
    NoJournal no_journal;
    JournalStore platform{no_journal, clock, random};
    JournalStore mail{no_journal, clock, random};
    SimDisk disk;
    Source source{Stores{platform, mail}, disk, clock};
};

TEST_F(SourceTest, AppliesTheYamlOfAFolder) {
    write("b.yaml", network("b"));
    write("a.yml", network("a") + "---\n" + domain("example.test"));
    write("notes.txt", "not yaml");
    write(".hidden.yaml", "[");
    fs::create_directory(folder / "sub.yaml");
    const DeclareOutcome outcome = declare();
    ASSERT_TRUE(outcome.errors.empty()) << only_error(outcome);
    EXPECT_EQ(outcome.applied.objects.size(), 3U);
    EXPECT_TRUE(has_network("a"));
    EXPECT_TRUE(mail.get({"Domain", "", "example.test"}));
    EXPECT_EQ(resources::applied_by(*platform.get({"Network", "", "a"})), "file:" + folder.path());
}

TEST_F(SourceTest, ChangesNothingWhenOneDocumentIsBad) {
    write("a.yaml", network("a"));
    write(
        "b.yaml",
        "apiVersion: platform.vectis.dev/v1\nkind: Network\nmetadata:\n  name: b\nspec:\n  "
        "intrenal: true\n"
    );
    const std::string error = only_error(declare());
    EXPECT_NE(error.find("b.yaml"), std::string::npos) << error;
    EXPECT_NE(error.find("6"), std::string::npos) << "the line of the mistake: " << error;
    EXPECT_FALSE(has_network("a"));
    EXPECT_EQ(source.folder(), "") << "what was refused is not remembered";
}

TEST_F(SourceTest, RemovesWhatLeftTheFolderWhileNobodyWatched) {
    write("a.yaml", network("a"));
    write("b.yaml", network("b") + "---\n" + domain("example.test"));
    ASSERT_TRUE(declare().errors.empty());
    write("b.yaml", network("c"));
    Source restarted(Stores{platform, mail}, disk, clock);
    EXPECT_EQ(restarted.folder(), folder.path());
    const std::optional<DeclareOutcome> outcome = restarted.reload();
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(outcome->errors.empty());
    EXPECT_TRUE(has_network("a"));
    EXPECT_FALSE(has_network("b"));
    EXPECT_TRUE(has_network("c"));
    EXPECT_TRUE(mail.get({"Domain", "", "example.test"})) << "mail is never pruned";
}

TEST_F(SourceTest, RemovesNothingWhenTheFolderIsGoneEmptyOrCannotBeRead) {
    write("a.yaml", network("a"));
    ASSERT_TRUE(declare().errors.empty());
    const std::int64_t version = platform.version();
    const auto nothing_changes = [&](const std::string& why) {
        const std::optional<DeclareOutcome> outcome = source.reload();
        ASSERT_TRUE(outcome);
        EXPECT_EQ(outcome->errors.size(), 1U) << why;
        EXPECT_EQ(platform.version(), version) << why;
    };
    write("a.yaml", "");
    nothing_changes("a file that was just truncated");
    write("a.yaml", "# network: none\n");
    nothing_changes("a file with a comment only");
    fs::remove(folder / "a.yaml");
    nothing_changes("an empty folder");
    fs::create_symlink("nowhere", folder / "a.yaml");
    nothing_changes("a link that leads nowhere");
    fs::remove(folder / "a.yaml");
    fs::create_symlink("a.yaml", folder / "a.yaml");
    nothing_changes("a link to itself");
    fs::remove(folder / "a.yaml");
    ASSERT_EQ(::mkfifo((folder / "a.yaml").c_str(), 0600), 0);
    nothing_changes("a pipe, which would block its reader");
    fs::remove_all(folder.path());
    nothing_changes("no folder");
}

TEST_F(SourceTest, RemembersEveryFolderThatWasDeclared) {
    const TestFolder other;
    write("a.yaml", network("a"));
    std::ofstream(other / "b.yaml") << network("b");
    ASSERT_TRUE(declare().errors.empty());
    ASSERT_TRUE(source.declare(other.path()).errors.empty());
    EXPECT_EQ(source.folders(), (std::vector<std::string>{folder.path(), other.path()}));
    EXPECT_TRUE(has_network("a")) << "a folder removes only what it declared itself";
    fs::remove_all(other.path());
    write("a.yaml", network("c"));
    const std::optional<DeclareOutcome> outcome = source.reload();
    EXPECT_EQ(outcome->errors.size(), 1U);
    EXPECT_FALSE(has_network("a"));
    EXPECT_TRUE(has_network("b"));
    EXPECT_TRUE(has_network("c")) << "the folder that has no error is applied";
    source.forget();
    EXPECT_FALSE(source.reload());
}

TEST_F(SourceTest, RefusesAnObjectThatAnotherFolderDeclares) {
    const TestFolder other;
    write("a.yaml", network("a"));
    std::ofstream(other / "a.yaml") << network("a");
    ASSERT_TRUE(declare().errors.empty());
    EXPECT_EQ(source.declare(other.path()).applied.conflicts.size(), 1U);
    EXPECT_EQ(source.folders(), std::vector<std::string>{folder.path()});
}

TEST_F(SourceTest, RefusesAFileThatIsTooLarge) {
    write("a.yaml", "");
    fs::resize_file(folder / "a.yaml", (10U << 20U) + 1);
    EXPECT_NE(only_error(declare()).find("10 MiB"), std::string::npos);
}

TEST_F(SourceTest, RefusesTooManyFiles) {
    for (int i = 0; i < 1001; ++i) write(std::to_string(i) + ".yaml", "");
    EXPECT_NE(only_error(declare()).find("1,000"), std::string::npos);
}

TEST_F(SourceTest, KnowsFileAndLineOfWhatItDeclared) {
    write("a.yaml", network("a") + "---\n" + network("b"));
    declare();
    EXPECT_EQ(source.place_of({"Network", "", "a"}), folder / "a.yaml" + ":4");
    EXPECT_EQ(source.place_of({"Network", "", "b"}), folder / "a.yaml" + ":11");
    EXPECT_EQ(source.place_of({"Network", "", "c"}), "");
}

}  // namespace
}  // namespace vectis::controller
