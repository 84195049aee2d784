#include "docker-client/model/model_engine.hpp"

#include "tests/unit/docker-client/model_world.hpp"

namespace vectis::docker {
namespace {

using namespace std::chrono_literals;
using ModelTimeline = ModelWorld;
using ModelRestart = ModelWorld;
using ModelEvents = ModelWorld;
using ModelValue = ModelWorld;

TEST_F(ModelTimeline, AProgramServesOnceItsStartDelayIsOver) {
    engine_.set_behaviour("app:1", {.start_delay = 3s});
    const std::string id = run(app("web"));
    EXPECT_FALSE(engine_.is_serving(id));
    now_ += 3s;
    EXPECT_TRUE(engine_.is_serving(id));
    EXPECT_TRUE(engine_.pause(id));
    EXPECT_FALSE(engine_.is_serving(id));
}

TEST_F(ModelTimeline, AProgramThatIsNeverReadyRunsButDoesNotServe) {
    engine_.set_behaviour("app:1", {.never_ready = true});
    const std::string id = run(app("web"));
    now_ += 1h;
    EXPECT_EQ(state(id), ContainerState::running);
    EXPECT_FALSE(engine_.is_serving(id));
}

TEST_F(ModelTimeline, AContainerWithoutNetworksDoesNotServe) {
    const std::string id = run(app("web"));
    EXPECT_TRUE(engine_.is_serving(id));
    ASSERT_TRUE(engine_.disconnect_network("bridge", id, call_));
    EXPECT_FALSE(engine_.is_serving(id));
}

TEST_F(ModelTimeline, AProgramExitsWhenItsTimeIsOver) {
    engine_.set_behaviour("app:1", {.exits_after = 5s, .exit_code = 3});
    const std::string id = run(app("job"));
    EXPECT_EQ(engine_.next_change(), now_ + 5s);
    now_ += 4s;
    EXPECT_EQ(state(id), ContainerState::running);
    now_ += 10s;
    EXPECT_EQ(state(id), ContainerState::exited);
    EXPECT_EQ(inspect(id).exit_code, 3);
    EXPECT_EQ(inspect(id).finished_at, now_ - 9s);
    EXPECT_EQ(engine_.next_change(), std::nullopt);
}

TEST_F(ModelTimeline, ACrashLoopBacksOffAndEndsWithAStop) {
    engine_.set_behaviour("app:1", {.exits_after = 1s, .exit_code = 1});
    ContainerSpec spec = app("job");
    spec.restart_policy = RestartPolicy::always;
    const std::string id = run(spec);
    now_ += 1s;
    EXPECT_EQ(state(id), ContainerState::restarting);
    EXPECT_EQ(engine_.next_change(), now_ + 100ms);
    now_ += 100ms;
    EXPECT_EQ(state(id), ContainerState::running);
    now_ += 1s;
    EXPECT_EQ(engine_.next_change(), now_ + 200ms);
    now_ += 48h;
    EXPECT_GT(inspect(id).restart_count, 1000);
    static_cast<void>(engine_.take_events());
    ASSERT_TRUE(engine_.stop_container(id, {}, call_));
    EXPECT_EQ(state(id), ContainerState::exited);
    now_ += 1h;
    EXPECT_EQ(state(id), ContainerState::exited);
}

TEST_F(ModelTimeline, ACrashFollowsTheRestartPolicy) {
    const std::string stays = run(app("stays"));
    ContainerSpec spec = app("returns");
    spec.restart_policy = RestartPolicy::on_failure;
    const std::string returns = run(spec);
    EXPECT_TRUE(engine_.crash(stays, 1));
    EXPECT_TRUE(engine_.crash(returns, 1));
    EXPECT_FALSE(engine_.crash("nobody", 1));
    now_ += 1s;
    EXPECT_EQ(state(stays), ContainerState::exited);
    EXPECT_EQ(state(returns), ContainerState::running);
    EXPECT_TRUE(engine_.crash(returns, 0));
    EXPECT_EQ(state(returns), ContainerState::exited);
}

TEST_F(ModelTimeline, AStartIntoATakenPortDoesNotRunAndAForeignProcessCountsToo) {
    engine_.occupy_port(25);
    ContainerSpec spec = app("mail");
    spec.ports = {{.container_port = 25, .host_port = 25}};
    const std::string id = create(spec);
    const auto started = engine_.start_container(id, call_);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().reason(), RefusalReason::port_in_use);
    EXPECT_EQ(state(id), ContainerState::created);
    engine_.release_port(25);
    EXPECT_TRUE(engine_.start_container(id, call_));
}

TEST_F(ModelRestart, BringsBackWhatItsPolicySaysAndNothingElse) {
    const auto with = [&](const char* name, RestartPolicy policy) {
        ContainerSpec spec = app(name);
        spec.restart_policy = policy;
        return spec;
    };
    const std::string no = run(with("no", RestartPolicy::no));
    const std::string always = run(with("always", RestartPolicy::always));
    const std::string unless = run(with("unless", RestartPolicy::unless_stopped));
    const std::string stopped_always = run(with("stopped-always", RestartPolicy::always));
    const std::string stopped_unless = run(with("stopped-unless", RestartPolicy::unless_stopped));
    const std::string never_started = create(with("never", RestartPolicy::always));
    ASSERT_TRUE(engine_.stop_container(stopped_always, {}, call_));
    ASSERT_TRUE(engine_.stop_container(stopped_unless, {}, call_));
    engine_.restart_daemon();
    EXPECT_EQ(state(no), ContainerState::exited);
    EXPECT_EQ(state(always), ContainerState::running);
    EXPECT_EQ(state(unless), ContainerState::running);
    EXPECT_EQ(state(stopped_always), ContainerState::running);
    EXPECT_EQ(state(stopped_unless), ContainerState::exited);
    EXPECT_EQ(state(never_started), ContainerState::created);
}

TEST_F(ModelRestart, EmptiesTheRingOfEvents) {
    const std::string id = run(app("web"));
    const Time start = inspect(id).created_at;
    engine_.restart_daemon();
    std::stop_source stop;
    stop.request_stop();
    int replayed = 0;
    engine_.events(start, [&](const Event&) { ++replayed; }, {.stop = stop.get_token()});
    EXPECT_EQ(replayed, 0);
}

TEST_F(ModelRestart, BreaksOpenStreams) {
    std::stop_source never;
    run(app("web"));
    const auto read = [&] {
        engine_.events(
            now_, [&](const Event&) { engine_.restart_daemon(); }, {.stop = never.get_token()}
        );
    };
    EXPECT_THROW(read(), EngineError);
}

TEST_F(ModelEvents, TellWhatHappenedInOrder) {
    ContainerSpec spec = app("web");
    spec.restart_policy = RestartPolicy::always;
    const std::string id = run(spec);
    EXPECT_EQ(container_actions(), (std::vector<std::string>{"create", "start"}));
    engine_.crash(id, 1);
    now_ += 1s;
    EXPECT_EQ(container_actions(), (std::vector<std::string>{"die", "start"}));
    ASSERT_TRUE(engine_.stop_container(id, {}, call_));
    EXPECT_EQ(container_actions(), (std::vector<std::string>{"kill", "die", "stop"}));
    ASSERT_TRUE(engine_.start_container(id, call_));
    engine_.crash(id, 1);
    static_cast<void>(engine_.take_events());
    ASSERT_TRUE(engine_.stop_container(id, {}, call_));
    EXPECT_EQ(container_actions(), (std::vector<std::string>{"stop"}));
}

TEST_F(ModelEvents, ReplayAtMostTheLast256) {
    for (int round = 0; round < 400; ++round) {
        ASSERT_TRUE(engine_.create_volume({.name = "volume-" + std::to_string(round)}, call_));
    }
    std::stop_source stop;
    stop.request_stop();
    std::vector<std::string> ids;
    engine_.events(
        Time{}, [&](const Event& event) { ids.push_back(event.id); }, {.stop = stop.get_token()}
    );
    ASSERT_EQ(ids.size(), 256U);
    EXPECT_EQ(ids.front(), "volume-144");
    EXPECT_EQ(engine_.take_events().size(), 400U);
}

TEST_F(ModelEvents, TimesNeverRepeatSoTheLastOneIsACursor) {
    run(app("web"));
    Time last{};
    for (const Event& event : engine_.take_events()) {
        EXPECT_GT(event.time, last);
        last = event.time;
    }
}

TEST_F(ModelValue, StateCanBeCopiedComparedAndPutBack) {
    run(app("web"));
    const ModelState before = engine_.export_state();
    ASSERT_TRUE(engine_.remove_container("web", call_));
    EXPECT_NE(engine_.export_state(), before);
    engine_.import_state(before);
    EXPECT_EQ(engine_.export_state(), before);
    EXPECT_EQ(state("web"), ContainerState::running);
}

TEST_F(ModelValue, TwoEnginesWithTheSameHistoryAreEqual) {
    ModelEngine other([this] { return now_; });
    other.add_image("app:1");
    for (ModelEngine* engine : {&engine_, &other}) {
        const auto id = engine->create_container(app("web"), call_);
        ASSERT_TRUE(engine->start_container(*id, call_));
    }
    EXPECT_EQ(engine_.export_state(), other.export_state());
}

TEST_F(ModelValue, TheDescriptionDoesNotDependOnIdsAddressesAndOrder) {
    ModelEngine other([this] { return now_; });
    other.add_image("app:1");
    ASSERT_TRUE(other.create_volume({.name = "passing"}, call_));
    ASSERT_TRUE(other.remove_volume("passing", call_));
    for (const char* name : {"a1", "b1"}) run(app(name));
    for (const char* name : {"b1", "a1"}) {
        const auto id = other.create_container(app(name), call_);
        ASSERT_TRUE(other.start_container(*id, call_));
    }
    EXPECT_EQ(engine_.describe(), other.describe());
    ASSERT_TRUE(other.stop_container("a1", {}, call_));
    EXPECT_NE(engine_.describe(), other.describe());
}

TEST_F(ModelValue, AnObservedPlatformCanBeLoadedAndGoesOn) {
    ASSERT_TRUE(engine_.create_network({.name = "net", .subnet = "10.1.0.0/24"}, call_));
    ContainerSpec spec = app("web");
    spec.networks["net"] = {.aliases = {"www"}};
    spec.mounts = {{.source = "data", .target = "/data"}};
    spec.ports = {{.container_port = 80, .host_port = 8080}};
    run(spec);
    ModelEngine copy([this] { return now_; });
    copy.load(
        {inspect("web")},
        engine_.list_networks({}, call_),
        engine_.list_volumes({}, call_),
        engine_.list_images({}, call_)
    );
    EXPECT_EQ(copy.inspect_container("web", call_), inspect("web"));
    EXPECT_EQ(copy.list_networks({}, call_), engine_.list_networks({}, call_));
    EXPECT_TRUE(copy.is_serving("web"));
    spec.name = "second";
    const std::string second = copy.create_container(spec, call_).value();
    EXPECT_NE(second, inspect("web").id);
    EXPECT_FALSE(copy.start_container(second, call_));
    ASSERT_TRUE(copy.stop_container("web", {}, call_));
    EXPECT_TRUE(copy.start_container(second, call_));
}

TEST_F(ModelValue, ManyCallsAreQuick) {
    for (int round = 0; round < 20; ++round) run(app("web-" + std::to_string(round)));
    for (int round = 0; round < 5000; ++round) {
        ASSERT_EQ(engine_.list_containers({}, call_).size(), 20U);
        ASSERT_TRUE(engine_.stop_container("web-7", {}, call_));
        ASSERT_TRUE(engine_.start_container("web-7", call_));
    }
}

}  // namespace
}  // namespace vectis::docker
