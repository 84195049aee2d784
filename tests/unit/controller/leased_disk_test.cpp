#include "controller/leased_disk.hpp"

#include <gtest/gtest.h>

namespace vectis::controller {
namespace {

class SwitchedLease final : public Lease {
public:
    std::optional<std::string> acquire() override { return std::nullopt; }
    bool is_held() const override { return is_held_; }
    void release() override { is_held_ = false; }
    std::uint64_t epoch() const override { return 1; }

private:
    bool is_held_ = true;
};

TEST(LeasedDisk, WritesOnlyWhileTheLeaseIsHeld) {
    SimDisk folder;
    SwitchedLease lease;
    LeasedDisk disk(folder, lease);
    disk.replace("log", "one");
    lease.release();
    EXPECT_THROW(disk.append("log", "two"), StoreError);
    EXPECT_THROW(disk.replace("log", "two"), StoreError);
    EXPECT_THROW(disk.truncate("log", 0), StoreError);
    EXPECT_THROW(disk.remove("log"), StoreError);
    EXPECT_EQ(disk.read("log"), "one");
}

}  // namespace
}  // namespace vectis::controller
