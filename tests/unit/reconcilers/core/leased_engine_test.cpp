#include "reconcilers/core/leased_engine.hpp"

#include "docker-client/model/model_engine.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

class SwitchedLease final : public controller::Lease {
public:
    std::optional<std::string> acquire() override { return std::nullopt; }
    bool is_held() const override { return held; }
    void release() override {}
    std::uint64_t epoch() const override { return 1; }

    bool held = true;
};

TEST(LeasedEngine, ActsOnlyWhileTheLeaseIsHeldAndAlwaysLooks) {
    docker::ModelEngine model([] { return docker::Time{}; });
    SwitchedLease lease;
    LeasedEngine engine(model, lease);
    EXPECT_TRUE(engine.create_network({"mail", false, "", {}}, {}));
    const std::string before = docker::describe(model.export_state());
    lease.held = false;
    const auto is_kept_from = [](const auto& act) {
        try {
            (void)act();
        } catch (const docker::EngineError& error) {
            return error.outcome() == docker::EngineError::Outcome::not_sent;
        }
        return false;
    };
    EXPECT_TRUE(is_kept_from([&] { return engine.create_network({"data", false, "", {}}, {}); }));
    EXPECT_TRUE(is_kept_from([&] { return engine.remove_network("mail", {}); }));
    EXPECT_TRUE(is_kept_from([&] { return engine.create_volume({"v", {}}, {}); }));
    EXPECT_TRUE(is_kept_from([&] { return engine.start_container("c", {}); }));
    EXPECT_TRUE(is_kept_from([&] { return engine.exec("c", {}, {}); }));
    EXPECT_TRUE(is_kept_from([&] { return engine.pull_image("i", {}, {}); }));
    EXPECT_EQ(docker::describe(model.export_state()), before);
    EXPECT_EQ(engine.list_networks({}, {}).size(), model.list_networks({}, {}).size());
    EXPECT_TRUE(engine.inspect_network("mail", {}));
}

}  // namespace
}  // namespace vectis::reconcilers
