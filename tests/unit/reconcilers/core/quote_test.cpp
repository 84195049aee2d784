#include "reconcilers/core/quote.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

using resources::FileFormat;

constexpr FileFormat formats[] = {
    FileFormat::text,
    FileFormat::postfix,
    FileFormat::dovecot,
    FileFormat::ucl,
    FileFormat::valkey,
    FileFormat::pgpass
};

TEST(Quote, LeavesLettersAndDigitsReadableInEveryFormat) {
    for (const FileFormat format : formats) {
        const std::optional<std::string> quoted = quote(format, "Abc123");
        ASSERT_TRUE(quoted);
        EXPECT_NE(quoted->find("Abc123"), std::string::npos);
    }
}

TEST(Quote, WritesANulInNoFormat) {
    for (const FileFormat format : formats)
        EXPECT_FALSE(quote(format, std::string_view("a\0b", 3)));
}

TEST(Quote, KeepsTextAsItIs) {
    EXPECT_EQ(quote(FileFormat::text, "-----BEGIN\nabc\n$x\n"), "-----BEGIN\nabc\n$x\n");
}

TEST(Quote, DoublesTheDollarOfPostfix) {
    EXPECT_EQ(quote(FileFormat::postfix, "a$b$$"), "a$$b$$$$");
}

TEST(Quote, RefusesWhatALineOfPostfixCannotHold) {
    for (const char* value : {"a\nb", "a\rb", " a", "a ", "a\tb"})
        EXPECT_FALSE(quote(FileFormat::postfix, value)) << value;
}

TEST(Quote, EscapesQuotesForDovecotAndRefusesExpansions) {
    EXPECT_EQ(quote(FileFormat::dovecot, R"(a"b\c # d)"), R"("a\"b\\c # d")");
    for (const char* value : {"%{user}", "$SET:x", "a\nb"})
        EXPECT_FALSE(quote(FileFormat::dovecot, value)) << value;
}

TEST(Quote, WritesUclAsJson) {
    const std::string value = "a\"b\\c\n$x";
    const std::optional<std::string> quoted = quote(FileFormat::ucl, value);
    ASSERT_TRUE(quoted);
    EXPECT_EQ(boost::json::parse(*quoted).as_string(), value);
}

TEST(Quote, EscapesQuotesForValkey) {
    EXPECT_EQ(quote(FileFormat::valkey, R"(a"b\c d)"), R"("a\"b\\c d")");
    EXPECT_FALSE(quote(FileFormat::valkey, "a\nrename-command"));
}

TEST(Quote, EscapesTheSeparatorOfAPasswordFile) {
    EXPECT_EQ(quote(FileFormat::pgpass, R"(a:b\c)"), R"(a\:b\\c)");
    EXPECT_FALSE(quote(FileFormat::pgpass, "a\nb"));
}

}  // namespace
}  // namespace vectis::reconcilers
