#include "docker-client/endpoint.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace vectis::docker {
namespace {

std::string refusal(const std::map<std::string, std::string>& environment) {
    try {
        return "accepted: " + to_text(location_from(environment));
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
}

TEST(LocationFrom, IsTheUsualSocketWithoutDockerHost) {
    EXPECT_EQ(location_from({}), (Location{.socket = "/var/run/docker.sock"}));
    EXPECT_EQ(location_from({{"DOCKER_HOST", ""}}), location_from({}));
    EXPECT_EQ(to_text(location_from({})), "unix:///var/run/docker.sock");
}

TEST(LocationFrom, TakesASocket) {
    EXPECT_EQ(
        location_from({{"DOCKER_HOST", "unix:///run/user/1000/docker.sock"}}).socket,
        "/run/user/1000/docker.sock"
    );
}

TEST(LocationFrom, TakesAHostWithAPort) {
    for (const char* authority : {"engine:2375", "10.0.0.1:2375", "[fd00::1]:2375"}) {
        const Location location =
            location_from({{"DOCKER_HOST", std::string("tcp://") + authority + "/"}});
        EXPECT_EQ(location, (Location{.authority = authority})) << authority;
        EXPECT_EQ(to_text(location), std::string("tcp://") + authority);
    }
}

TEST(LocationFrom, ReadsTheCertificatesWhereTheDockerCommandDoes) {
    std::map<std::string, std::string> environment{
        {"DOCKER_HOST", "tcp://engine:2376"}, {"DOCKER_TLS_VERIFY", "1"}, {"HOME", "/home/ann"}
    };
    EXPECT_TRUE(location_from(environment).has_tls);
    EXPECT_EQ(location_from(environment).certificates, "/home/ann/.docker");
    environment["DOCKER_CERT_PATH"] = "/etc/certificates";
    EXPECT_EQ(location_from(environment).certificates, "/etc/certificates");
    environment["DOCKER_TLS_VERIFY"] = "";
    EXPECT_FALSE(location_from(environment).has_tls);
}

TEST(LocationFrom, RefusesTlsWithoutAPlaceForCertificates) {
    EXPECT_NE(
        refusal({{"DOCKER_HOST", "tcp://engine:2376"}, {"DOCKER_TLS_VERIFY", "1"}})
            .find("DOCKER_CERT_PATH"),
        std::string::npos
    );
}

TEST(LocationFrom, SaysWhatWouldBeRight) {
    for (const char* host : {"unix://", "unix://relative.sock"}) {
        EXPECT_NE(refusal({{"DOCKER_HOST", host}}).find("unix:///path"), std::string::npos) << host;
    }
    for (const char* host :
         {"tcp://",
          "tcp://engine",
          "tcp://:2375",
          "tcp://engine:",
          "tcp://engine:0",
          "tcp://engine:65536",
          "tcp://engine:23x",
          "tcp://[fd00::1]",
          "tcp://fd00::1:2375",
          "tcp://engine:2375/path",
          "tcp://user@engine:2375",
          "tcp://engine:2375?x",
          "tcp://a b:1",
          "tcp://a\r\nb:1"}) {
        EXPECT_NE(refusal({{"DOCKER_HOST", host}}).find("tcp://host:2376"), std::string::npos)
            << host;
    }
    for (const char* host : {"ssh://engine", "http://engine:2375", "/var/run/docker.sock", "x"}) {
        EXPECT_NE(refusal({{"DOCKER_HOST", host}}).find("only unix:"), std::string::npos) << host;
    }
}

}  // namespace
}  // namespace vectis::docker
