#include "controller/source.hpp"

#include "controller/crash.hpp"
#include "controller/journal_store.hpp"
#include "controller/postgres/mail_store.hpp"
#include "controller/sim_clock.hpp"
#include "tests/support/forwarding_store.hpp"
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
    EXPECT_EQ(source.place_of({"Network", "", "a"}), folder / "a.yaml" + ":4");
}

TEST_F(SourceTest, TakesOverWhatAnotherFolderDeclaresWhenAsked) {
    const TestFolder other;
    write("a.yaml", network("a") + "---\n" + network("b"));
    std::ofstream(other / "a.yaml") << network("a");
    ASSERT_TRUE(declare().errors.empty());
    EXPECT_TRUE(source.declare(other.path(), Conflicts::take_over).applied.conflicts.empty());
    EXPECT_TRUE(has_network("b")) << "what the other folder alone declares stays its own";
    EXPECT_EQ(source.folders(), (std::vector<std::string>{folder.path(), other.path()}));
    std::ofstream(other / "b.yaml") << network("b");
    EXPECT_TRUE(source.declare(other.path(), Conflicts::take_over).applied.conflicts.empty());
    EXPECT_EQ(source.folders(), std::vector<std::string>{other.path()})
        << "it declares nothing any more";
}

TEST_F(SourceTest, FollowsAFolderThatWasMoved) {
    const TestFolder elsewhere;
    write("a.yaml", network("a"));
    ASSERT_TRUE(declare().errors.empty());
    const std::string moved = elsewhere / "moved";
    fs::rename(folder.path(), moved);
    EXPECT_TRUE(source.declare(moved).applied.conflicts.empty());
    EXPECT_EQ(source.folders(), std::vector<std::string>{moved});
    EXPECT_TRUE(has_network("a"));
}

TEST_F(SourceTest, LeavesTheMailThatAMovedFolderLost) {
    const TestFolder elsewhere;
    write("a.yaml", domain("example.test"));
    write("b.yaml", domain("other.test"));
    ASSERT_TRUE(declare().errors.empty());
    const std::string moved = elsewhere / "moved";
    fs::rename(folder.path(), moved);
    fs::remove(moved + "/b.yaml");
    EXPECT_TRUE(source.declare(moved).applied.conflicts.empty());
    EXPECT_EQ(source.folders(), std::vector<std::string>{moved});
    const resources::Object left = *mail.get({"Domain", "", "other.test"});
    EXPECT_EQ(resources::left_by(left), "file:" + folder.path());
    EXPECT_EQ(resources::applied_by(left), "");
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

std::string mailbox(const std::string& name) {
    return "---\napiVersion: mail.vectis.dev/v1\nkind: Mailbox\nmetadata:\n  namespace: "
           "example.test\n  name: " +
           name + "\nspec: {}\n";
}

TEST_F(SourceTest, NamesWhoDeclaredAMailboxThatLeftAcrossARestart) {
    write("a.yaml", domain("example.test") + mailbox("alice") + mailbox("bob"));
    ASSERT_TRUE(declare().errors.empty());
    write("a.yaml", domain("example.test") + mailbox("alice"));
    ASSERT_TRUE(declare().errors.empty());
    Source restarted(Stores{platform, mail}, disk, clock);
    ASSERT_TRUE(restarted.reload()->errors.empty());
    const auto left_by = [&](const std::string& name) {
        return resources::left_by(*mail.get({"Mailbox", "example.test", name}));
    };
    EXPECT_EQ(left_by("bob"), "file:" + folder.path());
    EXPECT_EQ(left_by("alice"), "");
    write("a.yaml", domain("example.test") + mailbox("alice") + mailbox("bob"));
    ASSERT_TRUE(restarted.declare(folder.path()).errors.empty());
    EXPECT_EQ(left_by("bob"), "") << "it is declared again";
}

TEST_F(SourceTest, FindsWhatLeftWhileTheMailStoreWasClosed) {
    JournalStore waiting{no_journal, clock, random};
    MailStore opening(waiting, mail, clock);
    write("a.yaml", domain("example.test") + mailbox("alice") + mailbox("bob"));
    ASSERT_TRUE(declare().errors.empty());
    write("a.yaml", domain("example.test") + mailbox("alice"));
    Source restarted(Stores{platform, opening}, disk, clock);
    ASSERT_TRUE(restarted.reload()->errors.empty());
    EXPECT_EQ(resources::left_by(*mail.get({"Mailbox", "example.test", "bob"})), "");
    opening.flush();
    restarted.settle();
    EXPECT_EQ(
        resources::left_by(*mail.get({"Mailbox", "example.test", "bob"})), "file:" + folder.path()
    );
    EXPECT_EQ(resources::left_by(*mail.get({"Mailbox", "example.test", "alice"})), "");
}

/// Does not answer, or is lost with the controller at the next write.
class FrailStore final : public test::ForwardingStore {
public:
    using ForwardingStore::ForwardingStore;

    bool is_away = false;
    bool crashes = false;

    std::optional<resources::Object> get(const resources::ObjectKey& key) override {
        if (is_away) throw StoreError("it does not answer");
        return store().get(key);
    }
    ObjectList list(const Query& query) override {
        if (is_away) throw StoreError("it does not answer");
        return store().list(query);
    }
    StoreResult<resources::Object> create(const resources::Object& object) override {
        if (crashes) throw SimulatedCrash{};
        return store().create(object);
    }
};

TEST_F(SourceTest, DoesTheRestWhenADeclarationWasCutOff) {
    FrailStore frail(mail);
    frail.crashes = true;
    write("a.yaml", network("a") + "---\n" + domain("example.test"));
    Source lost(Stores{platform, frail}, disk, clock);
    EXPECT_THROW((void)lost.declare(folder.path()), SimulatedCrash);
    EXPECT_TRUE(has_network("a"));
    const std::optional<DeclareOutcome> outcome = source.reload();
    ASSERT_TRUE(outcome) << "the folder was accepted";
    EXPECT_TRUE(mail.get({"Domain", "", "example.test"}));
}

TEST_F(SourceTest, DeclaresMailThatWaitedWhenItsStoreAnswers) {
    write("a.yaml", network("a") + "---\n" + domain("example.test") + mailbox("alice"));
    ASSERT_TRUE(declare().errors.empty());
    write("a.yaml", network("b") + "---\n" + domain("example.test") + mailbox("bob"));
    FrailStore frail(mail);
    frail.is_away = true;
    Source restarted(Stores{platform, frail}, disk, clock);
    const std::optional<DeclareOutcome> outcome = restarted.reload();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->waiting.find("the mail objects are not applied yet"), 0U);
    EXPECT_TRUE(has_network("b"));
    EXPECT_FALSE(has_network("a"));
    EXPECT_THROW((void)restarted.settle(), StoreError);
    frail.is_away = false;
    EXPECT_EQ(restarted.settle().applied.objects.size(), 4U) << "two networks' worth and two boxes";
    EXPECT_TRUE(mail.get({"Mailbox", "example.test", "bob"}));
    EXPECT_NE(resources::left_by(*mail.get({"Mailbox", "example.test", "alice"})), "");
    EXPECT_TRUE(restarted.settle().applied.objects.empty()) << "once";
}

TEST_F(SourceTest, ForgetsAFolderThatWasNotAccepted) {
    write("a.yaml", network("a"));
    ASSERT_TRUE(declare().errors.empty());
    TestFolder other;
    std::ofstream(fs::path(other.path()) / "a.yaml") << network("a");
    EXPECT_FALSE(source.declare(other.path()).applied.conflicts.empty());
    EXPECT_EQ(source.folders(), std::vector<std::string>{folder.path()});
}

TEST_F(SourceTest, RefusesAnAliasWhoseAddressAMailboxOfTheSameFolderHad) {
    const std::string alias =
        "---\napiVersion: mail.vectis.dev/v1\nkind: Alias\nmetadata:\n  namespace: example.test\n  "
        "name: alice\nspec:\n  destinations: [bob@elsewhere.test]\n";
    write("a.yaml", domain("example.test") + mailbox("alice"));
    ASSERT_TRUE(declare().errors.empty());
    write("a.yaml", domain("example.test") + alias);
    EXPECT_NE(only_error(declare()).find("vectis delete mailbox alice"), std::string::npos);
    EXPECT_NE(source.place_of({"Mailbox", "example.test", "alice"}), "") << "nothing changed";
}

TEST_F(SourceTest, ForgetsAFolderThatIsReleased) {
    write("a.yaml", network("a"));
    ASSERT_TRUE(declare().errors.empty());
    EXPECT_EQ(source.release(folder.path()).objects.size(), 1U);
    EXPECT_TRUE(source.folders().empty());
    EXPECT_TRUE(has_network("a"));
    EXPECT_EQ(resources::applied_by(*platform.get({"Network", "", "a"})), "");
    EXPECT_EQ(source.place_of({"Network", "", "a"}), "");
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
