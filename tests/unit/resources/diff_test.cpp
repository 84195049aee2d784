#include "resources/diff.hpp"

#include <boost/json/array.hpp>
#include <gtest/gtest.h>

namespace vectis::resources {
namespace {

std::string text_of(const std::string& before, const std::string& after) {
    return to_text(diff({{"content", before}}, {{"content", after}}));
}

TEST(Diff, NamesTheFieldAndBothValues) {
    EXPECT_EQ(
        to_text(diff(
            {{"limits", {{"memoryMiB", 256}}}, {"node", "local"}},
            {{"limits", {{"memoryMiB", 512}}}, {"node", "local"}}
        )),
        "limits.memoryMiB: 256 → 512"
    );
}

TEST(Diff, MatchesEntriesOfListsByTheirNames) {
    const boost::json::object before{
        {"files", {{{"path", "a"}, {"mode", "0644"}}, {{"path", "b"}, {"mode", "0644"}}}}
    };
    const boost::json::object after{
        {"files", {{{"path", "b"}, {"mode", "0600"}}, {{"path", "a"}, {"mode", "0644"}}}}
    };
    EXPECT_EQ(to_text(diff(before, after)), R"(files[b].mode: "0644" → "0600")");
}

TEST(Diff, NamesTheFieldsOfAnObjectThatCameButNotThoseOfAnEntry) {
    EXPECT_EQ(
        to_text(diff({}, {{"rspamd", {{"rejectScore", 12}}}})), "rspamd.rejectScore: (none) → 12"
    );
    EXPECT_EQ(to_text(diff({{"a", {{"b", 1}}}}, {})), "a.b: 1 → (none)");
    EXPECT_EQ(
        to_text(diff(
            {{"ports", boost::json::array{}}},
            {{"ports", boost::json::array{boost::json::object{{"name", "smtp"}, {"host", 25}}}}}
        )),
        R"(ports[smtp]: (none) → {"host":25,"name":"smtp"})"
    );
}

TEST(Diff, ShowsTheFirstLineThatDiffers) {
    const std::string head = "compatibility_level = 3.10\nmaillog_file = /dev/stdout\n\n";
    const std::string tail = "\nrelayhost =\nmynetworks =\nmydestination =\n";
    EXPECT_EQ(
        text_of(head + "limit = 25" + tail, head + "limit = 30" + tail),
        "content: line 4: limit = 25 → limit = 30"
    );
}

TEST(Diff, ShowsALineThatCameOrWentAsSuch) {
    EXPECT_EQ(text_of("a\nc\n", "a\nb\nc\n"), "content: line 2: (none) → b");
    EXPECT_EQ(text_of("a\nb\nc\n", "a\nc\n"), "content: line 2: b → (none)");
}

TEST(Diff, CountsTheOtherLinesThatDiffer) {
    EXPECT_EQ(text_of("a\nb\nc\n", "x\ny\nc\n"), "content: line 1: a → x (and 1 line more)");
    EXPECT_EQ(text_of("a\nb\nc\n", "x\nb\nz\n"), "content: line 1: a → x (and 2 lines more)");
    EXPECT_EQ(text_of("a\nb", "a\nb\n"), "content: line breaks at its end");
}

TEST(Diff, ShowsWhereLongValuesDiffer) {
    const std::string same(200, 'x');
    const std::string text = text_of(same + "old", same + "new");
    EXPECT_NE(text.find("old"), std::string::npos) << text;
    EXPECT_NE(text.find("new"), std::string::npos) << text;
    EXPECT_LT(text.size(), 120U);
}

TEST(Diff, CutsNoCharacterInHalf) {
    std::string umlauts;
    for (int i = 0; i < 100; ++i) umlauts += "ü";
    const std::string text = text_of(umlauts, "a" + umlauts);
    EXPECT_NE(text.find("ü…"), std::string::npos) << text;
    EXPECT_EQ(text.find("\xC3…"), std::string::npos) << text;
}

TEST(Diff, NamesThreeFieldsAndCountsTheRest) {
    EXPECT_EQ(
        to_text(diff({{"a", 1}, {"b", 1}, {"c", 1}}, {{"a", 2}, {"b", 2}, {"c", 2}})),
        "a: 1 → 2; b: 1 → 2; c: 1 → 2"
    );
    EXPECT_EQ(
        to_text(diff({}, {{"a", 2}, {"b", 2}, {"c", 2}, {"d", 2}, {"e", 2}})),
        "a: (none) → 2; b: (none) → 2; c: (none) → 2; and 2 more"
    );
}

}  // namespace
}  // namespace vectis::resources
