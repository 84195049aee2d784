#include "controller/file_lease.hpp"

#include "controller/sim_clock.hpp"
#include "controller/store.hpp"
#include "tests/unit/controller/folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vectis::controller {
namespace {

TEST(FileLease, IsHeldByOneAndSaysByWhom) {
    const TestFolder folder;
    SimClock clock;
    FileLease first(folder / "lock", clock);
    FileLease second(folder / "lock", clock);
    EXPECT_FALSE(first.is_held());
    EXPECT_EQ(first.acquire(), std::nullopt);
    EXPECT_TRUE(first.is_held());
    EXPECT_EQ(first.acquire(), std::nullopt) << "who holds it already has it";
    EXPECT_EQ(
        second.acquire(),
        "pid " + std::to_string(::getpid()) + " since 2026-01-01T00:00:00Z epoch 1"
    );
    EXPECT_FALSE(second.is_held());
    first.release();
    EXPECT_FALSE(first.is_held());
    EXPECT_EQ(second.acquire(), std::nullopt);
}

TEST(FileLease, CountsItsAcquisitions) {
    const TestFolder folder;
    SimClock clock;
    for (std::uint64_t epoch = 1; epoch <= 12; ++epoch) {
        FileLease lease(folder / "lock", clock);
        ASSERT_EQ(lease.acquire(), std::nullopt);
        EXPECT_EQ(lease.epoch(), epoch);
    }
}

TEST(FileLease, IsLostWithItsFile) {
    const TestFolder folder;
    SimClock clock;
    FileLease first(folder / "lock", clock);
    FileLease second(folder / "lock", clock);
    ASSERT_EQ(first.acquire(), std::nullopt);
    ASSERT_EQ(::unlink((folder / "lock").c_str()), 0);
    EXPECT_FALSE(first.is_held());
    EXPECT_EQ(second.acquire(), std::nullopt);
    EXPECT_TRUE(second.is_held());
    EXPECT_FALSE(first.is_held());
    EXPECT_NE(first.acquire(), std::nullopt);
}

TEST(FileLease, IsPrivateAndSaysWhyItCannotBeTaken) {
    const TestFolder folder;
    SimClock clock;
    FileLease lease(folder / "lock", clock);
    ASSERT_EQ(lease.acquire(), std::nullopt);
    struct stat facts{};
    ASSERT_EQ(::stat((folder / "lock").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
    FileLease nowhere(folder / "missing/lock", clock);
    EXPECT_THROW(nowhere.acquire(), StoreError);
}

}  // namespace
}  // namespace vectis::controller
