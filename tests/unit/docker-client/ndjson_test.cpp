#include "docker-client/ndjson.hpp"

#include "docker-client/error.hpp"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace vectis::docker {
namespace {

std::vector<std::string> read(const std::vector<std::string>& pieces) {
    std::vector<std::string> lines;
    JsonLines reader([&](const boost::json::value& value) {
        lines.push_back(boost::json::serialize(value));
    });
    for (const std::string& piece : pieces) reader.feed(piece);
    reader.finish();
    return lines;
}

TEST(JsonLines, ReadsTheSameWhereverTheStreamIsCut) {
    const std::string stream = "{\"a\":\"x\\n\"}\r\n\n  \n{\"b\":[1,2]}\n3";
    const std::vector<std::string> expected{R"({"a":"x\n"})", R"({"b":[1,2]})", "3"};
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        EXPECT_EQ(read({stream.substr(0, cut), stream.substr(cut)}), expected) << cut;
    }
}

TEST(JsonLines, HandsALineOnAsSoonAsItIsComplete) {
    int count = 0;
    JsonLines reader([&](const boost::json::value&) { ++count; });
    reader.feed("{}");
    EXPECT_EQ(count, 0);
    reader.feed("\n{}\n{");
    EXPECT_EQ(count, 2);
}

TEST(JsonLines, RefusesWhatIsNoJson) {
    EXPECT_THROW(read({"{\"a\":1}\nnonsense\n"}), EngineError);
    EXPECT_THROW(read({"{\"cut\":"}), EngineError);
    EXPECT_THROW(read({std::string(100, '[') + "\n"}), EngineError);
}

TEST(JsonLines, RefusesALineThatDoesNotEnd) {
    JsonLines reader([](const boost::json::value&) {});
    const std::string part = '"' + std::string(1U << 19U, 'x');
    reader.feed(part);
    EXPECT_THROW(reader.feed(part), EngineError);
    JsonLines ended([](const boost::json::value&) {});
    EXPECT_THROW(ended.feed('"' + std::string(1U << 20U, 'x') + "\"\n"), EngineError);
}

}  // namespace
}  // namespace vectis::docker
