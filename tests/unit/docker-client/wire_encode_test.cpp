#include "docker-client/wire.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace vectis::docker::wire {
namespace {

/// Equality of JSON whatever the order of members.
testing::AssertionResult same(const boost::json::object& actual, const char* expected) {
    if (boost::json::value(actual) == boost::json::parse(expected)) {
        return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << boost::json::serialize(actual);
}

TEST(EncodeContainer, SaysEverythingThatIsAskedFor) {
    ContainerSpec spec;
    spec.name = "web";
    spec.image = "debian:12";
    spec.entrypoint = {"/init"};
    spec.command = {"a", "b"};
    spec.user = "1000:1000";
    spec.environment = {{"A", "1"}, {"B", "x=y"}};
    spec.labels = {{"owner", "me"}};
    spec.mounts = {
        {.source = "data", .target = "/data", .no_copy = true},
        {.type = Mount::Type::bind, .source = "/etc", .target = "/host", .read_only = true},
        {.type = Mount::Type::tmpfs, .target = "/tmp", .tmpfs_size_bytes = 65536, .tmpfs_mode = 0700
        }
    };
    spec.ports = {{25, "0.0.0.0", 25}, {25, "127.0.0.1", 0}};
    spec.networks = {{"front", {.aliases = {"smtp"}, .address = "10.0.0.5"}}, {"zone", {}}};
    spec.cap_drop = {"ALL"};
    spec.cap_add = {"CHOWN"};
    spec.security_options = {"no-new-privileges"};
    spec.dns = {"10.0.0.2"};
    spec.dns_options = {"edns0"};
    spec.extra_hosts = {"db:10.0.0.9"};
    spec.read_only_root = true;
    spec.init = true;
    spec.restart_policy = RestartPolicy::unless_stopped;
    spec.memory_bytes = 1000;
    spec.nano_cpus = 500;
    spec.pids_limit = 64;
    spec.stop_signal = "SIGINT";
    spec.stop_timeout = std::chrono::seconds(7);
    spec.hostname = "mail";
    spec.log = {"json-file", {{"max-file", "2"}, {"max-size", "1m"}}};
    EXPECT_TRUE(same(encode_container(spec, true), R"({
        "Image": "debian:12", "Entrypoint": ["/init"], "Cmd": ["a", "b"], "User": "1000:1000",
        "Env": ["A=1", "B=x=y"], "Labels": {"owner": "me"}, "Hostname": "mail",
        "StopSignal": "SIGINT", "StopTimeout": 7, "ExposedPorts": {"25/tcp": {}},
        "HostConfig": {
            "Mounts": [
                {"Type": "volume", "Source": "data", "Target": "/data", "ReadOnly": false,
                 "VolumeOptions": {"NoCopy": true}},
                {"Type": "bind", "Source": "/etc", "Target": "/host", "ReadOnly": true},
                {"Type": "tmpfs", "Target": "/tmp", "ReadOnly": false,
                 "TmpfsOptions": {"SizeBytes": 65536, "Mode": 448}}],
            "PortBindings": {"25/tcp": [{"HostIp": "0.0.0.0", "HostPort": "25"},
                                        {"HostIp": "127.0.0.1", "HostPort": "0"}]},
            "CapDrop": ["ALL"], "CapAdd": ["CHOWN"], "SecurityOpt": ["no-new-privileges"],
            "Dns": ["10.0.0.2"], "DnsOptions": ["edns0"], "ExtraHosts": ["db:10.0.0.9"],
            "ReadonlyRootfs": true, "Init": true, "RestartPolicy": {"Name": "unless-stopped"},
            "Memory": 1000, "MemorySwap": 1000, "NanoCpus": 500, "PidsLimit": 64,
            "LogConfig": {"Type": "json-file", "Config": {"max-file": "2", "max-size": "1m"}},
            "NetworkMode": "front"},
        "NetworkingConfig": {"EndpointsConfig": {
            "front": {"Aliases": ["smtp"], "IPAMConfig": {"IPv4Address": "10.0.0.5"}},
            "zone": {"Aliases": []}}}
    })"));
}

TEST(EncodeContainer, LeavesTheRestToTheEngine) {
    EXPECT_TRUE(same(encode_container({.image = "a"}, true), R"({
        "Image": "a", "Labels": {},
        "HostConfig": {"Mounts": [], "PortBindings": {}, "CapDrop": [], "CapAdd": [],
            "SecurityOpt": [], "Dns": [], "DnsOptions": [], "ExtraHosts": [],
            "ReadonlyRootfs": false, "RestartPolicy": {"Name": "no"}}
    })"));
}

TEST(EncodeContainer, NamesOnlyTheFirstNetworkToAnOldEngine) {
    ContainerSpec spec;
    spec.networks = {{"b", {}}, {"a", {}}};
    const auto encoded = encode_container(spec, false);
    EXPECT_TRUE(same(
        encoded.at("NetworkingConfig").as_object(), R"({"EndpointsConfig": {"a": {"Aliases": []}}})"
    ));
    EXPECT_EQ(encoded.at("HostConfig").at("NetworkMode"), "a");
}

TEST(EncodeNetwork, AsksOldEnginesToCheckForDuplicates) {
    EXPECT_TRUE(same(
        encode_network(
            {.name = "n", .internal = true, .subnet = "10.1.0.0/24", .labels = {{"a", "b"}}}
        ),
        R"({"Name": "n", "CheckDuplicate": true, "Driver": "bridge", "Internal": true,
            "Labels": {"a": "b"}, "IPAM": {"Config": [{"Subnet": "10.1.0.0/24"}]}})"
    ));
}

TEST(LabelFilter, AsksForAllLabelsAndForAnyValueOfAnEmptyOne) {
    EXPECT_EQ(label_filter({}), R"({"label":[]})");
    EXPECT_EQ(label_filter({{"a", "1"}, {"b", ""}}), R"({"label":["a=1","b"]})");
    EXPECT_EQ(label_filter({{"a", "\"x\\"}}), R"({"label":["a=\"x\\"]})");
}

}  // namespace
}  // namespace vectis::docker::wire
