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

TEST(Load, RefusesAliasesThatLeadBackToThemselves) {
    EXPECT_EQ(
        problems(std::string(domain) + alias("a", "b@example.test") + alias("b", "a@example.test"))
            .size(),
        2U
    );
    EXPECT_TRUE(problems(std::string(domain) + alias("a", "x@elsewhere.test")).empty());
}

TEST(Load, AcceptsEveryExample) {
    int folders = 0;
    for (const auto& folder : std::filesystem::directory_iterator("examples")) {
        if (!folder.is_directory()) continue;
        std::vector<SourceFile> files;
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
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
