#include "resources/yaml.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace vectis::resources {
namespace {

boost::json::value one(const std::string& text) {
    const ParsedYaml parsed = parse_yaml(text, "f.yaml");
    EXPECT_TRUE(parsed.errors.empty()) << to_text(parsed.errors.front());
    return parsed.documents.empty() ? boost::json::value{}
                                    : boost::json::value(parsed.documents.front().value);
}

std::string problem(const std::string& text) {
    const ParsedYaml parsed = parse_yaml(text, "f.yaml");
    return parsed.errors.empty() ? "" : to_text(parsed.errors.front());
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(ParseYaml, ReadsOnlyJsonsScalarsAsOtherThanTexts) {
    EXPECT_EQ(
        one("a: 1\nb: 1.5\nc: true\nd: null\ne: no\nf: 010\ng: 0x1F\nh: '1'\ni: .nan\nj: 1e999\nk: "
            "yes\n"),
        boost::json::parse(
            R"({"a":1,"b":1.5,"c":true,"d":null,"e":"no","f":"010","g":"0x1F","h":"1","i":".nan","j":"1e999","k":"yes"})"
        )
    );
}

TEST(ParseYaml, KnowsWhereEachValueStood) {
    const ParsedYaml parsed = parse_yaml("spec:\n  ports:\n  - hostPort: 1\n", "f.yaml");
    ASSERT_EQ(parsed.documents.size(), 1U);
    const Position place = parsed.documents.front().positions.at("/spec/ports/0/hostPort");
    EXPECT_EQ(place.line, 3);
    EXPECT_EQ(place.column, 5);
}

TEST(ParseYaml, RefusesDuplicateKeysWithTheirPlace) {
    const std::string message = problem("spec:\n  a: 1\n  a: 2\n");
    EXPECT_TRUE(contains(message, "f.yaml:3:3:")) << message;
    EXPECT_TRUE(contains(message, "'a' stands here twice")) << message;
}

TEST(ParseYaml, RefusesAliasesSoThatNoneCanGrow) {
    std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
    for (char c = 'b'; c < 'j'; ++c)
        bomb += std::string(1, c) + ": &" + c + " [*" + char(c - 1) + ",*" + char(c - 1) + "]\n";
    EXPECT_TRUE(contains(problem(bomb), "aliases"));
}

TEST(ParseYaml, RefusesDeepNesting) {
    EXPECT_TRUE(
        contains(problem("a: " + std::string(40, '[') + std::string(40, ']')), "nested deeper")
    );
    EXPECT_TRUE(contains(problem("a: " + std::string(100'000, '[')), "nested deeper"));
}

TEST(ParseYaml, RefusesWhatIsTooLarge) {
    EXPECT_TRUE(contains(problem("a: " + std::string((1U << 20U) + 1, 'x')), "longer than 1 MiB"));
    EXPECT_TRUE(contains(problem("a: " + std::string(11U << 20U, 'x')), "larger than 10 MiB"));
}

TEST(ParseYaml, RefusesBytesThatAreNoText) {
    EXPECT_TRUE(contains(problem(std::string("a: x\0y\n", 7)), "NUL"));
    EXPECT_TRUE(contains(problem("a: \xff\xfe\n"), "not UTF-8"));
    EXPECT_TRUE(contains(problem("a: \xed\xa0\x80\n"), "not UTF-8"));
}

TEST(ParseYaml, RefusesTagsAndKeysThatAreNoTexts) {
    EXPECT_TRUE(contains(problem("a: !!python/object x\n"), "tags"));
    EXPECT_TRUE(contains(problem("[a, b]: 1\n"), "key must be a text"));
    EXPECT_TRUE(contains(problem("- a\n"), "must be a mapping"));
}

TEST(ParseYaml, SaysWhereTheSyntaxBreaks) {
    EXPECT_TRUE(contains(problem("a: 1\nb: [1, 2\nc: 3\n"), "f.yaml:"));
}

TEST(ToYaml, ReadsBackAsTheSameValue) {
    const boost::json::value value = boost::json::parse(
        R"({"a":"no","b":"010","c":"multi\nline\n","d":[1,[2,{"x":"y: z"}],{}],"e":{},"f":"","g":" lead","h":"#x","i":null,"j":{"k":["- a","b # c"]},"l":"true","m":"a\tb","n":"tail \nx\n","o":1.5})"
    );
    EXPECT_EQ(one(to_yaml(value)), value) << to_yaml(value);
}

}  // namespace
}  // namespace vectis::resources
