#include "tests/unit/docker-client/model_world.hpp"

#include <stdexcept>

namespace vectis::docker {
namespace {

class ModelFaults : public ModelWorld {
protected:
    void inject(Fault::Kind kind) {
        engine_.set_interceptor([kind](std::string_view verb, std::string_view, Access) {
            return verb == "create_volume" ? Fault{.kind = kind, .reason = RefusalReason::no_space}
                                           : Fault{};
        });
    }
    EngineError::Outcome error_of_create() {
        try {
            static_cast<void>(engine_.create_volume({.name = "data"}, call_));
        } catch (const EngineError& error) {
            return error.outcome();
        }
        throw std::logic_error("no error");
    }
    bool exists() {
        engine_.set_interceptor({});
        return engine_.inspect_volume("data", call_).has_value();
    }
};

TEST_F(ModelFaults, ARefusalHasNoEffect) {
    inject(Fault::Kind::refuse);
    const auto created = engine_.create_volume({.name = "data"}, call_);
    ASSERT_FALSE(created);
    EXPECT_EQ(created.error().reason(), RefusalReason::no_space);
    EXPECT_FALSE(exists());
}

TEST_F(ModelFaults, NotSentHasNoEffect) {
    inject(Fault::Kind::not_sent);
    EXPECT_EQ(error_of_create(), EngineError::Outcome::not_sent);
    EXPECT_FALSE(exists());
}

TEST_F(ModelFaults, AnUnknownOutcomeMayHaveHadNoEffect) {
    inject(Fault::Kind::unknown_before);
    EXPECT_EQ(error_of_create(), EngineError::Outcome::unknown);
    EXPECT_FALSE(exists());
}

TEST_F(ModelFaults, AnUnknownOutcomeMayHaveHadTheEffect) {
    inject(Fault::Kind::unknown_after);
    EXPECT_EQ(error_of_create(), EngineError::Outcome::unknown);
    EXPECT_TRUE(exists());
}

TEST_F(ModelFaults, ALateRequestComesLater) {
    inject(Fault::Kind::late);
    EXPECT_EQ(error_of_create(), EngineError::Outcome::unknown);
    EXPECT_FALSE(exists());
    EXPECT_EQ(engine_.apply_late(), 1U);
    EXPECT_TRUE(exists());
    EXPECT_EQ(engine_.apply_late(), 0U);
}

TEST_F(ModelFaults, AReadCannotBeRefusedSoItThrows) {
    engine_.set_interceptor([](std::string_view, std::string_view, Access access) {
        EXPECT_EQ(access, Access::read);
        return Fault{.kind = Fault::Kind::refuse};
    });
    EXPECT_THROW(engine_.list_containers({}, call_), EngineError);
}

TEST_F(ModelFaults, TheInterceptorSeesVerbAndTargetAndMayActBehindOurBack) {
    const std::string id = run(app("web"));
    std::vector<std::string> seen;
    engine_.set_interceptor([&](std::string_view verb, std::string_view target, Access) {
        seen.push_back(std::string(verb) + " " + std::string(target));
        engine_.crash("web", 9);
        return Fault{};
    });
    EXPECT_EQ(engine_.stop_container("web", {}, call_).value(), Effect::unchanged);
    EXPECT_EQ(seen, std::vector<std::string>{"stop_container web"});
}

TEST_F(ModelFaults, BelowApi144ACrashCanLeaveAContainerThatLacksNetworks) {
    ModelEngine old([this] { return now_; }, {.api_version = "1.41"});
    old.add_image("app:1");
    ContainerSpec spec = app("web");
    for (const char* name : {"one", "two"}) {
        ASSERT_TRUE(old.create_network({.name = name}, call_));
        spec.networks[name] = {};
    }
    old.set_interceptor([](std::string_view verb, std::string_view, Access) {
        return Fault{.kind = verb == "connect_network" ? Fault::Kind::not_sent : Fault::Kind::none};
    });
    EXPECT_THROW(static_cast<void>(old.create_container(spec, call_)), EngineError);
    EXPECT_EQ(old.inspect_container("web", call_)->networks.size(), 1U);
}

TEST_F(ModelFaults, AnEngineThatDoesNotAnswerSaysThatNothingWasSent) {
    engine_.set_reachable(false);
    EXPECT_EQ(error_of_create(), EngineError::Outcome::not_sent);
    engine_.set_reachable(true);
    EXPECT_FALSE(exists());
}

}  // namespace
}  // namespace vectis::docker
