#include "docker-client/answers.hpp"
#include "docker-client/ndjson.hpp"
#include "docker-client/wire.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

/// What real engines answered in one and the same scene, decoded.
namespace vectis::docker::wire {
namespace {

class Recorded : public testing::TestWithParam<const char*> {
protected:
    static std::string bytes(const std::string& name) {
        const std::string path = std::string(VECTIS_RECORDED) + '/' + GetParam() + '/' + name;
        std::ifstream file(path, std::ios::binary);
        if (!file) throw std::runtime_error("cannot read " + path);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    static boost::json::value json(const std::string& name) {
        return boost::json::parse(bytes(name + ".json"));
    }
    static Refusal refusal(int status, const std::string& name) {
        return refusal_of({.status = status, .body = bytes(name + ".json")});
    }
    static std::vector<boost::json::value> lines(const std::string& name) {
        std::vector<boost::json::value> out;
        JsonLines reader([&](const boost::json::value& line) { out.push_back(line); });
        reader.feed(bytes(name + ".ndjson"));
        reader.finish();
        return out;
    }

    const Labels labels_{{"dctest", "1"}, {"empty", ""}};
};

TEST_P(Recorded, ACreatedContainerHasNoAddressesYet) {
    const Container shown = decode_container(json("container_created"));
    EXPECT_EQ(shown.id.size(), 64U);
    EXPECT_EQ(shown.name, "dctest-web");
    EXPECT_EQ(shown.image, "vectis-test/tiny:1");
    EXPECT_TRUE(shown.image_id.starts_with("sha256:"));
    EXPECT_EQ(shown.labels, labels_);
    EXPECT_EQ(shown.state, ContainerState::created);
    EXPECT_GT(shown.created_at, Time{});
    EXPECT_EQ(shown.started_at, Time{});
    EXPECT_EQ(shown.finished_at, Time{});
    EXPECT_EQ(shown.restart_policy, RestartPolicy::unless_stopped);
    EXPECT_EQ(shown.memory_bytes, 33554432);
    EXPECT_EQ(shown.nano_cpus, 500000000);
    EXPECT_EQ(shown.pids_limit, 64);
    EXPECT_TRUE(shown.ports.empty());
    ASSERT_EQ(shown.networks.size(), 2U);
    EXPECT_EQ(shown.networks.at("dctest-back"), (Endpoint{.aliases = {"db"}}));
    EXPECT_EQ(shown.networks.at("dctest-front"), (Endpoint{.aliases = {"mail", "smtp"}}));
    ASSERT_EQ(shown.mounts.size(), 2U);
    EXPECT_EQ(
        shown.mounts[0], (Mount{.source = "dctest-data", .target = "/data", .read_only = true})
    );
    EXPECT_EQ(shown.mounts[1], (Mount{.type = Mount::Type::tmpfs, .target = "/scratch"}));
}

TEST_P(Recorded, ARunningContainerHasAddressesAndAPort) {
    const Container shown = decode_container(json("container_running"));
    EXPECT_EQ(shown.state, ContainerState::running);
    EXPECT_GT(shown.started_at, shown.created_at);
    const Endpoint& front = shown.networks.at("dctest-front");
    EXPECT_EQ(front.address, "10.91.1.77");
    EXPECT_EQ(front.gateway, "10.91.1.1");
    EXPECT_EQ(front.aliases, (std::vector<std::string>{"mail", "smtp"}));
    EXPECT_EQ(front.network_id, decode_network(json("network")).id);
    const Endpoint& back = shown.networks.at("dctest-back");
    EXPECT_EQ(back.aliases, std::vector<std::string>{"db"});
    EXPECT_FALSE(back.address.empty());
    EXPECT_EQ(shown.ports, (std::vector<PortBinding>{{25, "127.0.0.1", 32769}}));
}

TEST_P(Recorded, AFailedStartAndAnEndAreShown) {
    const Container failed = decode_container(json("container_failed_start"));
    EXPECT_EQ(failed.state, ContainerState::created);
    EXPECT_EQ(failed.exit_code, 128);
    EXPECT_NE(failed.error.find("port is already allocated"), std::string::npos);
    const Container exited = decode_container(json("container_exited"));
    EXPECT_EQ(exited.state, ContainerState::exited);
    EXPECT_EQ(exited.exit_code, 7);
    EXPECT_GT(exited.finished_at, exited.created_at);
    EXPECT_FALSE(exited.oom_killed);
}

TEST_P(Recorded, TheListShowsTheSameContainers) {
    std::map<std::string, ContainerSummary> rows;
    const auto list = json("container_list");
    for (const auto& item : list.as_array()) {
        const ContainerSummary row = decode_summary(item);
        rows[row.name] = row;
    }
    ASSERT_EQ(rows.size(), 3U);
    const Container running = decode_container(json("container_running"));
    const ContainerSummary& web = rows.at("dctest-web");
    EXPECT_EQ(web.id, running.id);
    EXPECT_EQ(web.image, running.image);
    EXPECT_EQ(web.image_id, running.image_id);
    EXPECT_EQ(web.state, ContainerState::running);
    EXPECT_EQ(web.labels, labels_);
    EXPECT_EQ(web.networks.at("dctest-front"), "10.91.1.77");
    EXPECT_EQ(rows.at("dctest-clash").state, ContainerState::created);
    EXPECT_EQ(rows.at("dctest-exited").state, ContainerState::exited);
}

TEST_P(Recorded, NetworksAndVolumes) {
    const Network front = decode_network(json("network"));
    EXPECT_EQ(front.name, "dctest-front");
    EXPECT_EQ(front.driver, "bridge");
    EXPECT_EQ(front.subnet, "10.91.1.0/24");
    EXPECT_FALSE(front.internal);
    EXPECT_EQ(front.labels, labels_);
    const Container running = decode_container(json("container_running"));
    EXPECT_EQ(front.containers, (std::map<std::string, std::string>{{running.id, "dctest-web"}}));
    EXPECT_TRUE(decode_network(json("network_internal")).internal);
    const auto volumes = json("volume_list");
    const Volume volume = decode_volume(member(volumes, "Volumes").as_array().at(0));
    EXPECT_EQ(volume.name, "dctest-data");
    EXPECT_EQ(volume.driver, "local");
    EXPECT_EQ(volume.labels, labels_);
    EXPECT_GT(decode_time(volume.created_at), Time{});
}

TEST_P(Recorded, AnImageIsTheSameInListAndInspect) {
    const Image shown = decode_image(json("image"));
    EXPECT_TRUE(shown.id.starts_with("sha256:"));
    EXPECT_EQ(shown.tags, std::vector<std::string>{"dctest/built:1"});
    EXPECT_EQ(shown.labels, (Labels{{"dctest", "1"}}));
    EXPECT_GT(shown.size_bytes, 0);
    EXPECT_EQ(decode_image(json("image_list").as_array().at(0)), shown);
}

TEST_P(Recorded, ABuildTellsItsStepsAndItsImage) {
    std::string id;
    std::string output;
    for (const boost::json::value& line : lines("build")) {
        output += decode_progress(line).status;
        EXPECT_EQ(decode_error(line), "");
        const std::string text = text_at(member(line, "aux"), "ID");
        if (!text.empty()) id = text;
    }
    EXPECT_EQ(id, decode_image(json("image")).id);
    EXPECT_TRUE(output.starts_with("Step 1/"));
    EXPECT_NE(output.find("Successfully tagged dctest/built:1"), std::string::npos);
    EXPECT_EQ(
        decode_error(lines("build_failed").back()),
        "The command '/tiny exit 3' returned a non-zero code: 3"
    );
}

TEST_P(Recorded, EventsTellWhatHappenedToWhat) {
    const std::string web = decode_container(json("container_running")).id;
    std::vector<std::string> actions;
    Time last{};
    for (const auto& line : lines("events")) {
        const Event event = decode_event(line);
        EXPECT_FALSE(event.type.empty());
        EXPECT_FALSE(event.action.empty());
        EXPECT_GE(event.time, last);
        last = event.time;
        if (event.type != "container" || event.id != web) continue;
        EXPECT_EQ(event.attributes.at("name"), "dctest-web");
        EXPECT_EQ(event.attributes.at("dctest"), "1");
        if (!event.action.starts_with("exec_")) actions.push_back(event.action);
    }
    std::sort(actions.begin(), actions.end());
    EXPECT_EQ(
        actions, (std::vector<std::string>{"create", "destroy", "die", "kill", "start", "stop"})
    );
}

TEST_P(Recorded, AnExecEndsWithItsExitCode) {
    EXPECT_EQ(decode_exec(json("exec_new")), std::nullopt);
    EXPECT_EQ(decode_exec(json("exec_ended")), 42);
}

TEST_P(Recorded, RefusalsHaveTheirReasonsAndTexts) {
    const std::string web = decode_container(json("container_running")).id;
    EXPECT_NE(refusal(409, "error_name_in_use").message().find(web), std::string::npos);
    EXPECT_EQ(refusal(500, "error_port_in_use").reason(), RefusalReason::port_in_use);
    EXPECT_EQ(refusal(409, "error_network_exists").reason(), RefusalReason::conflict);
    EXPECT_EQ(refusal(403, "error_network_in_use").reason(), RefusalReason::forbidden);
    EXPECT_EQ(refusal(404, "error_no_container").reason(), RefusalReason::not_found);
    EXPECT_EQ(refusal(404, "error_no_page").reason(), RefusalReason::failed);
    EXPECT_NE(refusal(500, "error_pull").message().find("connection refused"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Engines,
    Recorded,
    testing::Values("20.10", "26.1"),
    [](const testing::TestParamInfo<const char*>& engine) {
        std::string name = engine.param;
        std::replace(name.begin(), name.end(), '.', '_');
        return name;
    }
);

}  // namespace
}  // namespace vectis::docker::wire
