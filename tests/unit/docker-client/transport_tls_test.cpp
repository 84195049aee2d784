#include "docker-client/error.hpp"
#include "docker-client/transport.hpp"
#include "tests/unit/docker-client/tls_server.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

/// TCP, plain and with mutual TLS, against a server of OpenSSL's.
namespace vectis::docker {
namespace {

using test::Authority;
using test::TcpServer;
using Outcome = EngineError::Outcome;

class TransportTls : public testing::Test {
public:
    TransportTls() {
        std::string name = (std::filesystem::temp_directory_path() / "vectis-tls-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        folder_ = name;
        engines_.write_to(folder_ + "/ca.pem");
        test::write_identity(clients_.issue("DNS:client.test"), folder_);
    }
    ~TransportTls() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

protected:
    HttpResponse ask(const TcpServer& server, const std::string& body = {}) const {
        const Transport transport(
            {.authority = "127.0.0.1:" + std::to_string(server.port()),
             .has_tls = true,
             .certificates = folder_}
        );
        return transport.send({.method = "POST", .target = "/v1.41/a", .body = body}, Limit({}));
    }
    /// The error of a call that must not reach the server.
    EngineError refusal(const TcpServer& server) const {
        try {
            ask(server);
        } catch (const EngineError& error) {
            EXPECT_TRUE(server.requests().empty());
            return error;
        }
        ADD_FAILURE() << "the call succeeded";
        return {Outcome::not_sent, "none"};
    }

    Authority engines_{};
    Authority clients_{};
    Authority strangers_{};
    std::string folder_;
};

void expect_words(const EngineError& error, const std::vector<std::string>& words) {
    const std::string text = error.what();
    for (const std::string& word : words) {
        EXPECT_NE(text.find(word), std::string::npos) << text << "\n  does not say " << word;
    }
}

TEST_F(TransportTls, PlainTcpNeedsNoCertificates) {
    const TcpServer server;
    const std::string authority = "127.0.0.1:" + std::to_string(server.port());
    const HttpResponse response =
        Transport({.authority = authority}).send({.target = "/v1.41/a?b=c"}, Limit({}));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "served");
    EXPECT_TRUE(server.requests().at(0).starts_with(
        "GET /v1.41/a?b=c HTTP/1.1\r\nHost: " + authority + "\r\n"
    ));
}

TEST_F(TransportTls, BothSidesShowACertificateThatTheOtherTrusts) {
    const TcpServer server(engines_.issue("IP:127.0.0.1"), clients_);
    const HttpResponse response = ask(server);
    EXPECT_EQ(response.body, "served");
    EXPECT_TRUE(server.requests().at(0).starts_with("POST /v1.41/a HTTP/1.1\r\n"));
}

TEST_F(TransportTls, AnEngineThatHangsUpInALargeUploadDoesNotEndTheProgram) {
    const TcpServer server(engines_.issue("IP:127.0.0.1"), clients_);
    for (int i = 0; i < 5; ++i) {
        try {
            // The server answers the head of the request, and closes.
            EXPECT_EQ(ask(server, std::string(8U << 20U, 'x')).body, "served");
        } catch (const EngineError& error) {
            EXPECT_EQ(error.outcome(), Outcome::unknown);
        }
    }
    EXPECT_EQ(server.requests().size(), 5U);
}

TEST_F(TransportTls, AMissingFileIsNamed) {
    const TcpServer server(engines_.issue("IP:127.0.0.1"), clients_);
    for (const char* name : {"/key.pem", "/cert.pem", "/ca.pem"}) {
        std::filesystem::rename(folder_ + name, folder_ + "/away");
        const EngineError error = refusal(server);
        EXPECT_EQ(error.outcome(), Outcome::not_sent);
        expect_words(error, {"TLS with tcp://127.0.0.1:", folder_ + name});
        std::filesystem::rename(folder_ + "/away", folder_ + name);
    }
}

TEST_F(TransportTls, AnEngineOfAnotherAuthorityIsNotAsked) {
    const TcpServer server(strangers_.issue("IP:127.0.0.1"), clients_);
    const EngineError error = refusal(server);
    EXPECT_EQ(error.outcome(), Outcome::not_sent);
    expect_words(error, {"TLS with tcp://127.0.0.1:", "certificate", folder_});
}

TEST_F(TransportTls, AnEngineWithAnotherNameIsNotAsked) {
    const TcpServer server(engines_.issue("DNS:engine.test,IP:127.0.0.2"), clients_);
    const EngineError error = refusal(server);
    EXPECT_EQ(error.outcome(), Outcome::not_sent);
    expect_words(error, {"TLS with tcp://127.0.0.1:", "certificate", folder_});
}

TEST_F(TransportTls, AnEngineThatDoesNotTrustTheClientIsAnErrorThatNamesTheCertificate) {
    const TcpServer server(engines_.issue("IP:127.0.0.1"), strangers_);
    // With TLS 1.3 the engine says so after the request was sent.
    expect_words(refusal(server), {"TLS with tcp://127.0.0.1:", "cert.pem", folder_});
}

}  // namespace
}  // namespace vectis::docker
