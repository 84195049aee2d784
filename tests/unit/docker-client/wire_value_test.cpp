#include "docker-client/wire.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <limits>

namespace vectis::docker::wire {
namespace {

using namespace std::chrono;

TEST(DecodeTime, ReadsWhatEnginesWrite) {
    const Time second = sys_days(2026y / November / 23) + 20h + 27min + 12s;
    EXPECT_EQ(decode_time("2026-11-23T20:27:12Z"), second);
    EXPECT_EQ(decode_time("2026-11-23T20:27:12.5Z"), second + 500ms);
    EXPECT_EQ(decode_time("2026-11-23T20:27:12.123456789Z"), second + 123456789ns);
    EXPECT_EQ(decode_time("2026-11-23T20:27:12.1234567899Z"), second + 123456789ns);
    EXPECT_EQ(decode_time("2026-11-23T22:27:12+02:00"), second);
    EXPECT_EQ(decode_time("2026-11-23T16:57:12.5-03:30"), second + 500ms);
}

TEST(DecodeTime, IsTheEpochForNeverAndForWhatIsMalformed) {
    for (const char* text :
         {"",
          "0001-01-01T00:00:00Z",
          "9999-12-31T00:00:00Z",
          "2026-11-23",
          "2026-11-23T20:27:12",
          "2026-11-23T20:27:12.Z",
          "2026-11-23T20:27:12ZZ",
          "2026-13-23T20:27:12Z",
          "2026-02-30T20:27:12Z",
          "2026-11-23T24:27:12Z",
          "2026-11-23T20:60:12Z",
          "2026-11-23 20:27:12Z",
          "2026-11-2xT20:27:12Z",
          "-026-11-23T20:27:12Z",
          "2026-11-23T20:27:12+2:00",
          "2026-11-23T20:27:12*02:00"}) {
        EXPECT_EQ(decode_time(text), Time{}) << text;
    }
}

TEST(MinorOf, IsTheNumberAfterTheDot) {
    EXPECT_EQ(minor_of("1.41"), 41);
    for (const char* text : {"", "1", "1.", "1.x", "1.41x", "2.0", "1.-4", "1.99999999999"}) {
        EXPECT_EQ(minor_of(text), 0) << text;
    }
}

TEST(Members, AreEmptyWhereThereAreNone) {
    const auto value = boost::json::parse(
        R"({"text":"a","number":7,"big":18446744073709551615,"real":1e300,"null":null})"
    );
    EXPECT_EQ(text_at(value, "text"), "a");
    EXPECT_EQ(text_at(value, "number"), "");
    EXPECT_EQ(text_at(value, "none"), "");
    EXPECT_EQ(number_at(value, "number"), 7);
    EXPECT_EQ(number_at(value, "text"), 0);
    EXPECT_EQ(number_at(value, "null"), 0);
    EXPECT_EQ(number_at(value, "big"), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(number_at(value, "real"), 9'000'000'000'000'000);
    EXPECT_EQ(text_at(boost::json::value(3), "text"), "");
}

TEST(DecodeExec, HasNoExitCodeWhileTheCommandRuns) {
    const auto decode = [](const char* text) { return decode_exec(boost::json::parse(text)); };
    EXPECT_EQ(decode(R"({"Running":true,"ExitCode":null})"), std::nullopt);
    EXPECT_EQ(decode(R"({"Running":true,"ExitCode":0})"), std::nullopt);
    EXPECT_EQ(decode(R"({"Running":false,"ExitCode":null})"), std::nullopt);
    EXPECT_EQ(decode(R"({"Running":false,"ExitCode":0})"), 0);
    EXPECT_EQ(decode(R"({"Running":false,"ExitCode":137})"), 137);
}

TEST(DecodeContainer, LeavesOutOnlyTheShortIdAndTheNameOfTheAliases) {
    const Container container = decode_container(boost::json::parse(R"({
        "Id": "db0123456789aaaa", "Name": "/web",
        "NetworkSettings": {"Networks": {"net": {"Aliases": ["smtp", "db", "web", "db0123456789", "db", 7]}}}
    })"));
    EXPECT_EQ(container.networks.at("net").aliases, (std::vector<std::string>{"db", "smtp"}));
}

TEST(DecodeContainer, ShowsTcpPortsOfIpv4) {
    const Container container = decode_container(boost::json::parse(R"({
        "NetworkSettings": {"Ports": {
            "993/tcp": [{"HostIp": "0.0.0.0", "HostPort": "993"}, {"HostIp": "::", "HostPort": "993"}],
            "53/udp": [{"HostIp": "0.0.0.0", "HostPort": "53"}],
            "25/tcp": null, "80": [{"HostIp": "", "HostPort": "80"}]
        }}
    })"));
    EXPECT_EQ(container.ports, (std::vector<PortBinding>{{993, "0.0.0.0", 993}}));
}

TEST(Decoders, TakeAnyJsonForAnObjectOfDefaults) {
    for (const char* text :
         {"null",
          "7",
          "[]",
          "{}",
          R"({"State":[],"Names":{},"Labels":[1],"Mounts":"x"})",
          R"({"NetworkSettings":{"Networks":{"a":null,"b":[1]},"Ports":{"1/tcp":[7]}}})"}) {
        const auto value = boost::json::parse(text);
        EXPECT_EQ(decode_container(value).id, "");
        EXPECT_EQ(decode_summary(value).id, "");
        EXPECT_EQ(decode_network(value), Network{});
        EXPECT_EQ(decode_volume(value), Volume{});
        EXPECT_EQ(decode_image(value), Image{});
        EXPECT_EQ(decode_event(value).id, "");
        EXPECT_EQ(decode_progress(value).status, "");
        EXPECT_EQ(decode_error(value), "");
    }
}

}  // namespace
}  // namespace vectis::docker::wire
