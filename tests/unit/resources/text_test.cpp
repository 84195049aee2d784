#include "resources/text.hpp"

#include <gtest/gtest.h>

namespace vectis::resources {
namespace {

const std::string replaced = "\xEF\xBF\xBD";

TEST(Text, KeepsUtf8AsItIs) {
    for (const char* text :
         {"",
          "plain",
          "caf\xC3\xA9",
          "\xE2\x82\xAC",
          "\xF0\x9F\x93\xA7",
          "\xED\x9F\xBF",
          "\xF4\x8F\xBF\xBF"}) {
        EXPECT_TRUE(is_valid_utf8(text)) << text;
        EXPECT_EQ(to_utf8(text), text);
    }
}

/// RFC 3629: no sequence that is cut, overlong, a surrogate or beyond U+10FFFF.
TEST(Text, ReplacesWhatIsNoUtf8) {
    EXPECT_EQ(to_utf8("caf\xE9 bar"), "caf" + replaced + " bar");
    EXPECT_EQ(to_utf8("cut \xE2\x82"), "cut " + replaced + replaced);
    for (const char* text :
         {"\x80",
          "\xC0\xAF",
          "\xE0\x80\x80",
          "\xED\xA0\x80",
          "\xF4\x90\x80\x80",
          "\xFF",
          "\xC3",
          "\xE2\x82x"}) {
        EXPECT_FALSE(is_valid_utf8(text));
        EXPECT_TRUE(is_valid_utf8(to_utf8(text)));
        EXPECT_NE(to_utf8(text).find(replaced), std::string::npos);
    }
}

}  // namespace
}  // namespace vectis::resources
