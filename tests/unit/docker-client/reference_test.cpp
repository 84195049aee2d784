#include "docker-client/reference.hpp"

#include <gtest/gtest.h>

namespace vectis::docker {
namespace {

TEST(ParseReference, TakesNameTagAndDigestApart) {
    EXPECT_EQ(parse_reference("debian"), (ImageReference{.name = "debian"}));
    EXPECT_EQ(parse_reference("debian:12"), (ImageReference{.name = "debian", .tag = "12"}));
    EXPECT_EQ(
        parse_reference("a/b:1@sha256:cafe"),
        (ImageReference{.name = "a/b", .tag = "1", .digest = "sha256:cafe"})
    );
    EXPECT_EQ(
        parse_reference("a@sha256:cafe"), (ImageReference{.name = "a", .digest = "sha256:cafe"})
    );
}

TEST(ParseReference, TakesThePortOfARegistryForNoTag) {
    EXPECT_EQ(parse_reference("host:5000/a"), (ImageReference{.name = "host:5000/a"}));
    EXPECT_EQ(
        parse_reference("host:5000/a/b:2"), (ImageReference{.name = "host:5000/a/b", .tag = "2"})
    );
}

TEST(MayBeShortId, IsTrueForWhatAnIdCanBeginWith) {
    for (const char* text : {"db", "cafe", "0", "e3b0c44298fc"}) {
        EXPECT_TRUE(may_be_short_id(text)) << text;
    }
    for (const std::string& text :
         {std::string{},
          std::string("web"),
          std::string("db-1"),
          std::string("DB"),
          std::string(64, 'a')}) {
        EXPECT_FALSE(may_be_short_id(text)) << text;
    }
}

TEST(ExactImage, GivesATagToWhatCouldBeAnId) {
    EXPECT_EQ(exact_image("cafe"), "cafe:latest");
    EXPECT_EQ(exact_image("cafe:1"), "cafe:1");
    EXPECT_EQ(exact_image("debian"), "debian");
    EXPECT_EQ(exact_image("sha256:cafe"), "sha256:cafe");
}

}  // namespace
}  // namespace vectis::docker
