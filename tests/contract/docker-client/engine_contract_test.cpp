#include "tests/contract/docker-client/engine_contract.hpp"

#include "docker-client/tar.hpp"

#include <cctype>
#include <future>
#include <stdexcept>
#include <thread>

/// What every Engine does with containers and networks: the models always, real engines where there
/// are any.
namespace vectis::docker {
namespace {

TEST_P(EngineContract, TellsItsVersion) {
    const EngineVersion version = engine_.version(call_);
    EXPECT_TRUE(version.api_version.starts_with("1."));
    EXPECT_FALSE(version.version.empty());
}

TEST_P(EngineContract, ACreatedContainerIsShownAsAskedFor) {
    ContainerSpec spec = test_.container("web");
    spec.restart_policy = RestartPolicy::on_failure;
    spec.memory_bytes = 32 << 20;
    spec.pids_limit = 50;
    spec.mounts = {{.source = test_.name("data"), .target = "/data", .read_only = true}};
    const std::string id = create(spec);
    const Container shown = inspect(id);
    EXPECT_EQ(shown.id, id);
    EXPECT_EQ(shown.name, spec.name);
    EXPECT_EQ(shown.image, spec.image);
    EXPECT_TRUE(shown.image_id.starts_with("sha256:"));
    EXPECT_EQ(shown.labels, spec.labels);
    EXPECT_EQ(shown.state, ContainerState::created);
    EXPECT_EQ(shown.restart_policy, RestartPolicy::on_failure);
    EXPECT_EQ(shown.memory_bytes, 32 << 20);
    EXPECT_EQ(shown.pids_limit, 50);
    EXPECT_EQ(shown.mounts, spec.mounts);
    EXPECT_EQ(inspect(spec.name), shown);
}

TEST_P(EngineContract, ATakenNameIsAConflictThatTellsTheOwnersId) {
    const std::string owner = create(test_.container("web"));
    const auto second = engine_.create_container(test_.container("web"), call_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason(), RefusalReason::conflict);
    EXPECT_NE(second.error().message().find(owner), std::string::npos);
}

TEST_P(EngineContract, ANameIsFreeAgainAfterARemoval) {
    const std::string first = create(test_.container("web"));
    EXPECT_EQ(outcome(engine_.remove_container(first, call_)), "changed");
    EXPECT_NE(create(test_.container("web")), first);
}

TEST_P(EngineContract, AnUnknownImageAndABadNameAreRefused) {
    ContainerSpec spec = test_.container("web");
    spec.image = "vectis-test/does-not-exist:1";
    EXPECT_EQ(outcome(engine_.create_container(spec, call_)), "refused: not_found");
    spec = test_.container("a b");
    EXPECT_EQ(outcome(engine_.create_container(spec, call_)), "refused: invalid");
}

TEST_P(EngineContract, WhatIsMissingIsNothingToLookAtAndARefusalToActOn) {
    const std::string gone = test_.name("gone");
    EXPECT_EQ(engine_.inspect_container(gone, call_), std::nullopt);
    EXPECT_EQ(engine_.inspect_network(gone, call_), std::nullopt);
    EXPECT_EQ(engine_.inspect_volume(gone, call_), std::nullopt);
    EXPECT_EQ(engine_.inspect_image(gone + ":1", call_), std::nullopt);
    EXPECT_EQ(outcome(engine_.start_container(gone, call_)), "refused: not_found");
    EXPECT_EQ(outcome(engine_.stop_container(gone, {}, call_)), "refused: not_found");
    EXPECT_EQ(outcome(engine_.kill_container(gone, "KILL", call_)), "refused: not_found");
    EXPECT_EQ(
        outcome(engine_.set_restart_policy(gone, RestartPolicy::always, call_)),
        "refused: not_found"
    );
    EXPECT_EQ(
        outcome(engine_.exec(gone, {.command = {"/tiny", "exit", "0"}}, call_)),
        "refused: not_found"
    );
    EXPECT_EQ(
        outcome(engine_.upload_archive(gone, "/data", make_tar({}), call_)), "refused: not_found"
    );
    EXPECT_EQ(outcome(engine_.connect_network(gone, gone, {}, call_)), "refused: not_found");
    EXPECT_EQ(outcome(engine_.disconnect_network(gone, gone, call_)), "unchanged");
    EXPECT_EQ(outcome(engine_.remove_container(gone, call_)), "unchanged");
    EXPECT_EQ(outcome(engine_.remove_network(gone, call_)), "unchanged");
    EXPECT_EQ(outcome(engine_.remove_volume(gone, call_)), "unchanged");
    EXPECT_EQ(outcome(engine_.remove_image(gone + ":1", call_)), "unchanged");
}

TEST_P(EngineContract, StartAndStopCanBeRepeated) {
    const std::string id = create(test_.container("web"));
    EXPECT_EQ(outcome(engine_.stop_container(id, {}, call_)), "unchanged");
    EXPECT_EQ(outcome(engine_.start_container(id, call_)), "changed");
    EXPECT_EQ(outcome(engine_.start_container(id, call_)), "unchanged");
    EXPECT_EQ(inspect(id).state, ContainerState::running);
    EXPECT_EQ(outcome(engine_.stop_container(id, std::chrono::seconds(5), call_)), "changed");
    EXPECT_EQ(outcome(engine_.stop_container(id, {}, call_)), "unchanged");
    EXPECT_EQ(inspect(id).state, ContainerState::exited);
    EXPECT_EQ(inspect(id).exit_code, 0);
    EXPECT_EQ(outcome(engine_.start_container(id, call_)), "changed");
    EXPECT_EQ(outcome(engine_.remove_container(id, call_)), "changed");
    EXPECT_EQ(outcome(engine_.remove_container(id, call_)), "unchanged");
}

TEST_P(EngineContract, AProgramThatDoesNotStopIsKilled) {
    const std::string id = run(test_.stubborn("web"));
    EXPECT_EQ(outcome(engine_.stop_container(id, std::chrono::seconds(1), call_)), "changed");
    EXPECT_EQ(inspect(id).exit_code, 137);
}

TEST_P(EngineContract, KillEndsAProgramAndIsUnchangedOnAStoppedOne) {
    const std::string id = run(test_.container("web"));
    EXPECT_EQ(outcome(engine_.kill_container(id, "NONSENSE", call_)), "refused: invalid");
    EXPECT_EQ(outcome(engine_.kill_container(id, "HUP", call_)), "changed");
    EXPECT_EQ(inspect(id).state, ContainerState::running);
    EXPECT_EQ(outcome(engine_.kill_container(id, "KILL", call_)), "changed");
    EXPECT_TRUE(becomes(id, ContainerState::exited));
    EXPECT_EQ(inspect(id).exit_code, 137);
    EXPECT_EQ(outcome(engine_.kill_container(id, "KILL", call_)), "unchanged");
    EXPECT_EQ(outcome(engine_.unpause_container(id, call_)), "unchanged");
}

TEST_P(EngineContract, AnExitCodeIsShown) {
    const std::string id = run(test_.exiting("job", 7));
    EXPECT_TRUE(becomes(id, ContainerState::exited));
    EXPECT_EQ(inspect(id).exit_code, 7);
    EXPECT_GE(inspect(id).finished_at, inspect(id).created_at);
}

TEST_P(EngineContract, TheRestartPolicyRunsAFailedProgramAgain) {
    ContainerSpec spec = test_.exiting("job", 3, 1);
    const std::string id = create(spec);
    EXPECT_EQ(outcome(engine_.set_restart_policy(id, RestartPolicy::on_failure, call_)), "changed");
    EXPECT_EQ(
        outcome(engine_.set_restart_policy(id, RestartPolicy::on_failure, call_)), "unchanged"
    );
    EXPECT_EQ(outcome(engine_.start_container(id, call_)), "changed");
    EXPECT_TRUE(test_.eventually([&] { return inspect(id).restart_count >= 2; }));
    EXPECT_EQ(outcome(engine_.stop_container(id, std::chrono::seconds(1), call_)), "changed");
    EXPECT_EQ(inspect(id).state, ContainerState::exited);
}

TEST_P(EngineContract, ASignalRestsTheRestartPolicyUnlessAStopSignalIsDeclared) {
    ContainerSpec undeclared = test_.exiting("undeclared", 3, 1);
    undeclared.restart_policy = RestartPolicy::always;
    ContainerSpec declared = undeclared;
    declared.name = test_.name("declared");
    declared.stop_signal = "SIGTERM";
    const std::string rests = run(undeclared);
    const std::string restarts = run(declared);
    EXPECT_EQ(outcome(engine_.kill_container(rests, "HUP", call_)), "changed");
    EXPECT_EQ(outcome(engine_.kill_container(restarts, "HUP", call_)), "changed");
    EXPECT_TRUE(test_.eventually([&] { return inspect(restarts).restart_count >= 1; }));
    EXPECT_TRUE(becomes(rests, ContainerState::exited));
    EXPECT_EQ(inspect(rests).restart_count, 0);
}

TEST_P(EngineContract, APortClashShowsAtStartAndLeavesTheContainerCreated) {
    ContainerSpec first = test_.container("one");
    first.ports = {{.container_port = 25, .host_address = "127.0.0.1", .host_port = 20025}};
    ContainerSpec second = first;
    second.name = test_.name("two");
    run(first);
    const std::string id = create(second);
    EXPECT_EQ(outcome(engine_.start_container(id, call_)), "refused: port_in_use");
    const Container shown = inspect(id);
    EXPECT_EQ(shown.state, ContainerState::created);
    EXPECT_EQ(shown.exit_code, 128);
    EXPECT_FALSE(shown.error.empty());
    EXPECT_EQ(outcome(engine_.stop_container(first.name, {}, call_)), "changed");
    EXPECT_EQ(outcome(engine_.start_container(id, call_)), "changed");
    EXPECT_EQ(inspect(id).exit_code, 0);
    EXPECT_EQ(inspect(id).error, "");
}

TEST_P(EngineContract, TheEnginePicksAPortWhereNoneIsGiven) {
    ContainerSpec spec = test_.container("web");
    spec.ports = {{.container_port = 25, .host_address = "127.0.0.1", .host_port = 0}};
    const std::string id = run(spec);
    ASSERT_EQ(inspect(id).ports.size(), 1U);
    EXPECT_NE(inspect(id).ports[0].host_port, 0);
    EXPECT_EQ(outcome(engine_.stop_container(id, {}, call_)), "changed");
    EXPECT_TRUE(inspect(id).ports.empty());
}

TEST_P(EngineContract, ListsAreSortedAndFilteredByLabels) {
    for (const char* part : {"c", "a", "b"}) {
        ContainerSpec spec = test_.container(part);
        spec.labels["letter"] = part;
        create(spec);
    }
    const auto all = engine_.list_containers({.labels = test_.labels()}, call_);
    EXPECT_EQ(engine_.list(test_.labels(), call_).containers, all);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].name, test_.name("a"));
    EXPECT_EQ(all[2].name, test_.name("c"));
    Labels wanted = test_.labels();
    wanted["letter"] = "b";
    ASSERT_EQ(engine_.list_containers({.labels = wanted}, call_).size(), 1U);
    wanted["letter"] = "";
    EXPECT_EQ(engine_.list_containers({.labels = wanted}, call_).size(), 3U);
    wanted["letter"] = "z";
    EXPECT_TRUE(engine_.list_containers({.labels = wanted}, call_).empty());
}

TEST_P(EngineContract, ANetworkNameIsTakenOnce) {
    const std::string id = network("net", "10.81.3.0/24", true);
    const auto second = engine_.create_network({.name = test_.name("net")}, call_);
    EXPECT_EQ(outcome(second), "refused: conflict");
    const Network shown = engine_.inspect_network(test_.name("net"), call_).value();
    EXPECT_EQ(shown.id, id);
    EXPECT_TRUE(shown.internal);
    EXPECT_EQ(shown.driver, "bridge");
    EXPECT_EQ(shown.subnet, "10.81.3.0/24");
    EXPECT_EQ(shown.labels, test_.labels());
    EXPECT_EQ(engine_.list_networks(test_.labels(), call_).size(), 1U);
    EXPECT_EQ(
        engine_.list(test_.labels(), call_).networks, engine_.list_networks(test_.labels(), call_)
    );
    EXPECT_EQ(
        outcome(
            engine_.create_network({.name = test_.name("more"), .subnet = "10.81.3.0/25"}, call_)
        ),
        "refused: forbidden"
    );
}

TEST_P(EngineContract, ANetworkInUseStays) {
    const std::string id = network("net");
    ContainerSpec spec = test_.container("web");
    spec.networks[test_.name("net")] = {};
    const std::string web = run(spec);
    EXPECT_EQ(engine_.inspect_network(id, call_)->containers.at(web), spec.name);
    EXPECT_EQ(outcome(engine_.remove_network(id, call_)), "refused: forbidden");
    EXPECT_EQ(outcome(engine_.stop_container(web, {}, call_)), "changed");
    EXPECT_EQ(outcome(engine_.remove_network(id, call_)), "changed");
    EXPECT_EQ(outcome(engine_.start_container(web, call_)), "refused: not_found");
    network("net");
    // It remembers the network that it ran on by id.
    EXPECT_EQ(outcome(engine_.start_container(web, call_)), "refused: not_found");
    EXPECT_EQ(inspect(web).state, ContainerState::exited);
}

TEST_P(EngineContract, ConnectGivesAliasAndAddressAndDisconnectTakesThem) {
    network("one", "10.81.4.0/24");
    network("two", "10.81.5.0/24");
    ContainerSpec spec = test_.container("web");
    spec.networks[test_.name("one")] = {.aliases = {"smtp", "mail"}, .address = "10.81.4.77"};
    const std::string id = run(spec);
    const Endpoint first = inspect(id).networks.at(test_.name("one"));
    EXPECT_EQ(first.address, "10.81.4.77");
    EXPECT_EQ(first.gateway, "10.81.4.1");
    EXPECT_EQ(first.aliases, (std::vector<std::string>{"mail", "smtp"}));
    const Endpoint asked{.aliases = {"db"}, .address = "10.81.5.9"};
    EXPECT_EQ(outcome(engine_.connect_network(test_.name("two"), id, asked, call_)), "changed");
    EXPECT_EQ(outcome(engine_.connect_network(test_.name("two"), id, asked, call_)), "unchanged");
    const Endpoint second = inspect(id).networks.at(test_.name("two"));
    EXPECT_EQ(second.address, "10.81.5.9");
    EXPECT_EQ(second.aliases, (std::vector<std::string>{"db"}));
    EXPECT_EQ(second.network_id, engine_.inspect_network(test_.name("two"), call_)->id);
    EXPECT_EQ(outcome(engine_.disconnect_network(test_.name("two"), id, call_)), "changed");
    EXPECT_EQ(outcome(engine_.disconnect_network(test_.name("two"), id, call_)), "unchanged");
    EXPECT_FALSE(inspect(id).networks.contains(test_.name("two")));
}

TEST_P(EngineContract, SeveralNetworksCanBeAskedForAtCreate) {
    network("one");
    network("two");
    ContainerSpec spec = test_.container("web");
    spec.networks[test_.name("one")] = {.aliases = {"a"}};
    spec.networks[test_.name("two")] = {.aliases = {"b"}};
    const std::string id = run(spec);
    const auto networks = inspect(id).networks;
    ASSERT_EQ(networks.size(), 2U);
    EXPECT_EQ(networks.at(test_.name("two")).aliases, (std::vector<std::string>{"b"}));
    EXPECT_FALSE(networks.at(test_.name("two")).address.empty());
}

TEST_P(EngineContract, AnAddressIsReleasedByAStopAndGivenToTheNext) {
    network("net", "10.81.6.0/24");
    for (const char* part : {"one", "two"}) {
        ContainerSpec spec = test_.container(part);
        spec.networks[test_.name("net")] = {};
        create(spec);
    }
    const auto address = [&](const char* part) {
        return inspect(test_.name(part)).networks.at(test_.name("net")).address;
    };
    ASSERT_TRUE(engine_.start_container(test_.name("one"), call_));
    EXPECT_EQ(address("one"), "10.81.6.2");
    ASSERT_TRUE(engine_.stop_container(test_.name("one"), {}, call_));
    EXPECT_EQ(address("one"), "");
    ASSERT_TRUE(engine_.start_container(test_.name("two"), call_));
    EXPECT_EQ(address("two"), "10.81.6.2");
    ASSERT_TRUE(engine_.start_container(test_.name("one"), call_));
    EXPECT_EQ(address("one"), "10.81.6.3");
}

TEST_P(EngineContract, AnInternalNetworkPublishesNothing) {
    network("net", {}, true);
    ContainerSpec spec = test_.container("web");
    spec.networks[test_.name("net")] = {};
    spec.ports = {{.container_port = 25, .host_address = "127.0.0.1", .host_port = 20026}};
    EXPECT_TRUE(inspect(run(spec)).ports.empty());
    spec.name = test_.name("other");
    EXPECT_TRUE(inspect(run(spec)).ports.empty());
}

TEST_P(EngineContract, EventsOfWhatWasDoneCanBeReadAgainFromATime) {
    const std::string id = run(test_.container("web"));
    const Time start = inspect(id).created_at;
    ASSERT_TRUE(engine_.remove_container(id, call_));
    std::vector<std::string> actions;
    std::stop_source stop;
    Time last{};
    engine_.events(
        start,
        [&](const Event& event) {
            if (event.type != "container" || event.id != id) return;
            actions.push_back(event.action);
            EXPECT_GE(event.time, last);
            last = event.time;
            EXPECT_EQ(event.attributes.at("name"), test_.name("web"));
            if (event.action == "destroy") stop.request_stop();
        },
        {.stop = stop.get_token()}
    );
    std::erase(actions, "attach");
    EXPECT_EQ(actions, (std::vector<std::string>{"create", "start", "kill", "die", "destroy"}));
}

TEST_P(EngineContract, EventsArriveWhileTheyHappen) {
    std::stop_source stop;
    std::promise<void> seen;
    const std::string id = create(test_.container("web"));
    const Time start = inspect(id).created_at;
    const auto sink = [&](const Event& event) {
        if (event.id == id && event.action == "start") seen.set_value();
    };
    std::jthread reader([&] { engine_.events(start, sink, {.stop = stop.get_token()}); });
    ASSERT_TRUE(engine_.start_container(id, call_));
    EXPECT_EQ(seen.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
    stop.request_stop();
}

TEST_P(EngineContract, ACancelledOrTooLateCallThrows) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(engine_.list_containers({}, {.stop = stop.get_token()}), EngineError);
    EXPECT_THROW(engine_.list({}, {.stop = stop.get_token()}), EngineError);
    EXPECT_THROW(
        engine_.list_containers({}, {.deadline = std::chrono::milliseconds(0)}), EngineError
    );
}

INSTANTIATE_TEST_SUITE_P(
    Engines, EngineContract, testing::ValuesIn(engines_under_test()), test_suffix
);

TEST(EngineContractOnRealEngines, IsRunWhereThereAreSome) {
    if (real_engines().empty()) {
        GTEST_SKIP() << "VECTIS_TEST_ENGINES is not set: the contract was checked on the models "
                        "only (.ci/test-engines up)";
    }
}

}  // namespace
}  // namespace vectis::docker
