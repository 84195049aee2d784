#include "docker-client/tar.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace vectis::docker {
namespace {

using Type = TarEntry::Type;

const std::vector<TarEntry> entries{
    {.path = "folder", .type = Type::folder, .mode = 0755, .uid = 999, .gid = 998},
    {.path = "folder/file", .content = "hello", .mode = 0400, .uid = 5000, .gid = 5000},
    {.path = "folder/empty", .mode = 04711},
    {.path = "folder/link", .type = Type::link, .content = "../file", .mode = 0777},
    {.path = "grüße/" + std::string(200, 'x'), .content = std::string("a\0b", 3)},
    {.path = "big", .uid = 4'000'000'000, .gid = 4'000'000'000},
};

TEST(Tar, HoldsExactlyTheEntriesInTheirOrder) {
    EXPECT_EQ(read_tar(make_tar(entries)), entries);
    EXPECT_EQ(read_tar(make_tar({})), std::vector<TarEntry>{});
}

TEST(Tar, HasTheSameBytesForTheSameEntries) {
    EXPECT_EQ(make_tar(entries), make_tar(entries));
    EXPECT_EQ(make_tar(entries).size() % 512, 0U);
}

TEST(Tar, RefusesEntriesThatItCannotHold) {
    EXPECT_THROW(make_tar({{.path = ""}}), std::invalid_argument);
    EXPECT_THROW(make_tar({{.path = std::string("a\0b", 3)}}), std::invalid_argument);
    EXPECT_THROW(make_tar({{.path = "a", .mode = 010000}}), std::invalid_argument);
    EXPECT_THROW(make_tar({{.path = "a", .uid = -1}}), std::invalid_argument);
    EXPECT_THROW(
        make_tar({{.path = "a", .type = Type::link, .content = std::string("a\0b", 3)}}),
        std::invalid_argument
    );
}

TEST(Tar, RefusesDamagedArchives) {
    const std::string whole = make_tar(entries);
    std::string damaged = whole;
    damaged[0] = '!';
    EXPECT_THROW(read_tar(damaged), std::runtime_error);
    EXPECT_THROW(read_tar("this is no archive, however long it may be"), std::runtime_error);
    // Inside of the header and inside of the content of the second entry.
    EXPECT_THROW(read_tar(whole.substr(0, 700)), std::runtime_error);
    EXPECT_THROW(read_tar(whole.substr(0, 1026)), std::runtime_error);
}

TEST(Tar, SurvivesACutAtEveryByte) {
    const std::string whole = make_tar({entries[0], entries[1]});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        try {
            EXPECT_LE(read_tar(whole.substr(0, size)).size(), 2U);
        } catch (const std::runtime_error&) {
            continue;
        }
    }
}

}  // namespace
}  // namespace vectis::docker
