#include "resources/load.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace vectis::resources {
namespace {

constexpr const char* domain =
    "apiVersion: mail.vectis.dev/v1\nkind: Domain\nmetadata:\n  name: example.test\n";

std::string alias(const std::string& name, const std::string& destination) {
    return "---\napiVersion: mail.vectis.dev/v1\nkind: Alias\nmetadata:\n  namespace: "
           "example.test\n  name: " +
           name + "\nspec:\n  destinations: [" + destination + "]\n";
}

std::vector<std::string> problems(const std::string& text) {
    const std::vector<SourceFile> files{{"mail.yaml", text}};
    std::vector<std::string> out;
    for (const FieldError& error : load(files, {}).errors) out.push_back(to_text(error));
    return out;
}

using Texts = std::vector<std::string>;

TEST(Load, NamesFileLineColumnAndFieldOfATypo) {
    EXPECT_EQ(
        problems(std::string(domain) + "spec:\n  actve: true\n"),
        Texts{"mail.yaml:6:3: /spec/actve: unknown field 'actve'; did you mean 'active'?"}
    );
}

TEST(Load, RefusesWhatOnlyLooksLikeAValueWithItsPlace) {
    const std::string platform =
        "apiVersion: platform.vectis.dev/v1\nkind: Platform\nmetadata:\n  name: mail\nspec:\n  "
        "hostname: mail.example.test\n";
    struct Row {
        std::string text;
        std::string problem;
    };
    const std::vector<Row> rows{
        {platform + "  components:\n    postfix:\n      memoryMiB: 010\n",
         "mail.yaml:9:7: /spec/components/postfix/memoryMiB: must be a whole number, but is a text"
        },
        {platform + "  rspamd:\n    rejectScore: .nan\n",
         "mail.yaml:8:5: /spec/rspamd/rejectScore: must be a number, but is a text"},
        {std::string(domain) + "spec:\n  active: no\n",
         "mail.yaml:6:3: /spec/active: must be true or false, but is a text"},
    };
    for (const Row& row : rows) EXPECT_EQ(problems(row.text), Texts{row.problem}) << row.text;
}

TEST(Load, FindsTheNearestKind) {
    EXPECT_EQ(
        problems("kind: Malbox\n"),
        Texts{"mail.yaml:1:1: /kind: unknown kind 'Malbox'; did you mean 'Mailbox'?"}
    );
}

TEST(Load, RefusesADuplicateInAnotherFile) {
    const std::vector<SourceFile> files{{"a.yaml", domain}, {"b.yaml", domain}};
    const LoadResult loaded = load(files, {});
    ASSERT_EQ(loaded.errors.size(), 1U);
    EXPECT_EQ(
        to_text(loaded.errors.front()),
        "b.yaml:4:3: /metadata/name: Domain/example.test is declared twice; first in a.yaml:4"
    );
}

TEST(Load, RefusesAMailboxWithoutItsDomainUnlessThatIsKnown) {
    const std::vector<SourceFile> files{
        {"m.yaml",
         "apiVersion: mail.vectis.dev/v1\nkind: Mailbox\nmetadata:\n  namespace: example.test\n  "
         "name: alice\n"}
    };
    EXPECT_EQ(load(files, {}).errors.size(), 1U);
    EXPECT_TRUE(load(files, {{"Domain", "", "example.test"}}).errors.empty());
}

TEST(Load, RefusesAnAddressThatAnObjectOfTheOtherKindKeeps) {
    const std::string text = std::string(domain) + alias("alice", "x@elsewhere.test");
    const std::vector<SourceFile> files{{"mail.yaml", text}};
    const std::set<ObjectKey> rival{{"Mailbox", "example.test", "alice"}};
    const Texts expected{
        "mail.yaml:10:3: /metadata/name: Mailbox/example.test/alice is still there, and an address "
        "can be one of both only: declare neither, delete it with 'vectis delete mailbox alice -n "
        "example.test', then declare this one"
    };
    for (const LoadResult& loaded : {load(files, rival, {}), load(files, {}, rival)}) {
        ASSERT_EQ(loaded.errors.size(), 1U);
        EXPECT_EQ(to_text(loaded.errors[0]), expected[0]);
    }
    EXPECT_TRUE(load(files, {{"Alias", "example.test", "alice"}}).errors.empty());
}

TEST(Load, RefusesAliasesThatLeadBackToThemselves) {
    EXPECT_EQ(
        problems(std::string(domain) + alias("a", "b@example.test") + alias("b", "a@example.test"))
            .size(),
        2U
    );
    EXPECT_TRUE(problems(std::string(domain) + alias("a", "x@elsewhere.test")).empty());
}

TEST(Load, RefusesAPostmasterThatNobodyIs) {
    const auto platform = [](const std::string& postmaster) {
        return "---\napiVersion: platform.vectis.dev/v1\nkind: Platform\nmetadata:\n  name: mail\n"
               "spec:\n  hostname: mx.example.test\n  postmaster: " +
               postmaster + '\n';
    };
    const std::string mail = domain + alias("info", "x@elsewhere.test");
    EXPECT_TRUE(problems(mail + platform("info@example.test")).empty());
    EXPECT_TRUE(problems(mail + platform("anybody@elsewhere.test")).empty());
    EXPECT_TRUE(problems(
                    domain + std::string("spec:\n  catchAll: x@elsewhere.test\n") +
                    platform("anybody@example.test")
    )
                    .empty());
    EXPECT_EQ(
        problems(mail + platform("nobody@example.test")),
        Texts{"mail.yaml:17:3: /spec/postmaster: there is no Mailbox and no Alias "
              "'nobody@example.test'"}
    );
    EXPECT_EQ(
        problems(mail + platform("postmaster@mx.example.test")),
        Texts{"mail.yaml:17:3: /spec/postmaster: there is no Domain 'mx.example.test'"}
    );
    EXPECT_EQ(
        problems(platform("Root")),
        Texts{"mail.yaml:8:3: /spec/postmaster: 'Root' is no mail address in lower case"}
    );
}

TEST(Load, RefusesAnAntivirusThatNobodyKnows) {
    const auto platform = [](const std::string& fields) {
        return "apiVersion: platform.vectis.dev/v1\nkind: Platform\nmetadata:\n  name: mail\n"
               "spec:\n  hostname: mx.example.test\n" +
               fields;
    };
    EXPECT_EQ(
        problems(platform("  antivirus: {enabled: true, whenUnavailable: accept}\n"
                          "  components: {clamav: {memoryMiB: 3072}}\n")),
        Texts{}
    );
    EXPECT_EQ(
        problems(platform("  antivirus: {enabled: sometimes}\n")),
        Texts{"mail.yaml:7:15: /spec/antivirus/enabled: must be true or false, but is a text"}
    );
    EXPECT_EQ(
        problems(platform("  antivirus: {whenUnavailable: drop}\n")),
        Texts{"mail.yaml:7:15: /spec/antivirus/whenUnavailable: must be one of defer, accept"}
    );
    EXPECT_EQ(
        problems(platform("  antivirus: {enable: true}\n")),
        Texts{"mail.yaml:7:15: /spec/antivirus/enable: unknown field 'enable'; did you mean "
              "'enabled'?"}
    );
    EXPECT_EQ(
        problems(platform("  components: {clamd: {}}\n")),
        Texts{"mail.yaml:7:16: /spec/components/clamd: unknown component; did you mean 'clamav'?"}
    );
}

TEST(Load, AcceptsEveryExample) {
    int folders = 0;
    for (const auto& folder : std::filesystem::directory_iterator("examples")) {
        if (!folder.is_directory()) continue;
        std::vector<SourceFile> files;
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            if (entry.path().extension() != ".yaml") continue;
            std::ostringstream text;
            text << std::ifstream(entry.path()).rdbuf();
            files.push_back({entry.path().string(), text.str()});
        }
        const LoadResult loaded = load(files, {});
        EXPECT_TRUE(loaded.errors.empty()) << to_text(loaded.errors.front());
        EXPECT_GE(loaded.objects.size(), 5U);
        ++folders;
    }
    EXPECT_GE(folders, 2);
}

}  // namespace
}  // namespace vectis::resources
