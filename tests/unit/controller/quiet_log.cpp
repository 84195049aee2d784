#include "controller/log.hpp"

#include <gtest/gtest.h>

namespace vectis::controller {
namespace {

/// What these tests provoke is warned of thousands of times.
class QuietLog final : public testing::Environment {
public:
    void SetUp() override { log::configure(log::Level::off, log::Format::text); }
};

const testing::Environment* const quiet_log = testing::AddGlobalTestEnvironment(new QuietLog);

}  // namespace
}  // namespace vectis::controller
