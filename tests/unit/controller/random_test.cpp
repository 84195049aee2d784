#include "controller/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace vectis::controller {
namespace {

TEST(Random, RepeatsItselfForEqualSeedsOnEveryMachine) {
    SeededRandom a(5489);
    SeededRandom b(5489);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(a.below(1000), b.below(1000));
    // The value that the C++ standard demands of the ten thousandth call.
    SeededRandom standard(5489);
    std::uint64_t value = 0;
    for (int i = 0; i < 10'000; ++i) value = standard.next();
    EXPECT_EQ(value, 9981545732273789042ULL);
}

TEST(Random, StaysBelowItsBoundAndReachesEveryValue) {
    SeededRandom random(1);
    std::array<int, 7> seen{};
    for (int i = 0; i < 7000; ++i) ++seen.at(random.below(7));
    for (const int count : seen) EXPECT_GT(count, 800);
    EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, MakesTextsOfLettersAndDigits) {
    SystemRandom random;
    const std::string text = random.text(64);
    EXPECT_EQ(text.size(), 64U);
    for (const char c : text) EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(c)));
    EXPECT_NE(random.text(64), text);
}

TEST(Random, MakesUuidsOfVersionSevenThatSortByTime) {
    SeededRandom random(1);
    const Time now = parse_time("2026-11-23T20:27:12.345Z");
    const std::string first = random.uuid(now);
    ASSERT_EQ(first.size(), 36U);
    EXPECT_EQ(first[14], '7');
    EXPECT_NE(std::string("89ab").find(first[19]), std::string::npos);
    EXPECT_LT(first, random.uuid(now + std::chrono::milliseconds(1)));
    std::set<std::string> all;
    for (int i = 0; i < 1000; ++i) all.insert(random.uuid(now));
    EXPECT_EQ(all.size(), 1000U);
}

}  // namespace
}  // namespace vectis::controller
