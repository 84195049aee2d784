#include "api/watch.hpp"

#include "tests/unit/api/support.hpp"

#include <gtest/gtest.h>

namespace vectis::api {
namespace {

using namespace test;
namespace json = boost::json;

std::string types_of(const std::vector<json::value>& lines) {
    std::string out;
    for (const json::value& line : lines)
        out += (out.empty() ? "" : " ") + std::string(line.at("type").as_string());
    return out;
}

TEST(Watch, BeginsWithWhatExistsAndEndsWithABookmark) {
    Fixture f;
    f.ask("POST", networks, network("a"));
    const auto lines =
        lines_of(f.ask("GET", networks + "?watch=1&timeoutSeconds=0&allowWatchBookmarks=true"));
    EXPECT_EQ(types_of(lines), "ADDED BOOKMARK");
    EXPECT_EQ(
        lines.back().at_pointer("/object/metadata/resourceVersion").as_string(),
        std::to_string(f.platform.version())
    );
}

TEST(Watch, ReplaysTheChangesAfterAVersion) {
    Fixture f;
    f.ask("POST", networks, network("a"));
    const std::string version = std::to_string(f.platform.version());
    f.ask("POST", networks, network("b"));
    f.ask(
        "PATCH",
        networks + "/b",
        R"({"metadata":{"labels":{"x":"y"}}})",
        "application/merge-patch+json"
    );
    f.ask("DELETE", networks + "/a");
    const auto lines =
        lines_of(f.ask("GET", networks + "?watch=1&timeoutSeconds=0&resourceVersion=" + version));
    EXPECT_EQ(types_of(lines), "ADDED MODIFIED DELETED");
}

TEST(Watch, TellsWhatEntersAndLeavesTheSelector) {
    Fixture f;
    const std::string version = "1";
    f.ask("POST", networks, network("first"));
    f.ask("POST", networks, network("a"));
    f.ask(
        "PATCH",
        networks + "/a",
        R"({"metadata":{"labels":{"x":"y"}}})",
        "application/merge-patch+json"
    );
    f.ask(
        "PATCH",
        networks + "/a",
        R"({"metadata":{"labels":{"x":null}}})",
        "application/merge-patch+json"
    );
    const auto lines = lines_of(f.ask(
        "GET", networks + "?watch=1&timeoutSeconds=0&labelSelector=x&resourceVersion=" + version
    ));
    EXPECT_EQ(types_of(lines), "ADDED DELETED");
}

TEST(Watch, SendsAnErrorEventForAVersionThatIsGone) {
    Fixture f;
    for (int i = 0; i < 12'000; ++i)
        f.platform.create(
            resources::from_json(json::parse(network("n" + std::to_string(i))).as_object())
        );
    const auto lines =
        lines_of(f.ask("GET", networks + "?watch=1&timeoutSeconds=0&resourceVersion=1"));
    ASSERT_EQ(types_of(lines), "ERROR");
    EXPECT_EQ(lines.front().at_pointer("/object/code").as_int64(), 410);
}

TEST(Watch, RefusesMalformedParameters) {
    Fixture f;
    EXPECT_EQ(f.ask("GET", networks + "?watch=1&resourceVersion=x").status, 400);
    EXPECT_EQ(f.ask("GET", networks + "?watch=1&timeoutSeconds=-1").status, 400);
}

TEST(Watch, SendsRowsWhenATableIsWanted) {
    Fixture f;
    f.ask("POST", networks, network("a"));
    const Response response = f.ask(
        "GET",
        networks + "?watch=1&timeoutSeconds=0",
        "",
        "",
        "application/json;as=Table;v=v1;g=meta.k8s.io"
    );
    const auto lines = lines_of(response);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines.front().at_pointer("/object/rows/0/cells/0").as_string(), "a");
}

}  // namespace
}  // namespace vectis::api
