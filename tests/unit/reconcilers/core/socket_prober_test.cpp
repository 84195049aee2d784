#include "reconcilers/core/socket_prober.hpp"

#include "tests/unit/reconcilers/core/scripted_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

namespace vectis::reconcilers {
namespace {

using resources::ProbeType;
using std::chrono::seconds;
using std::chrono::steady_clock;
using test::Peer;
using test::ScriptedServer;

ProbeTarget target_of(ProbeType type, const ScriptedServer& server) {
    ProbeTarget target;
    target.probe.type = type;
    target.probe.port = server.port();
    target.probe.timeout_seconds = 1;
    target.address = "127.0.0.1";
    target.server_name = "mail.example.test";
    return target;
}

ProbeResult probe(const ProbeTarget& target) {
    SocketProber prober;
    return prober.probe(target, {});
}

ProbeResult probe(ProbeType type, ScriptedServer& server) {
    return probe(target_of(type, server));
}

constexpr ProbeType spoken[] = {
    ProbeType::smtp,
    ProbeType::imap,
    ProbeType::lmtp,
    ProbeType::postgres,
    ProbeType::redis,
    ProbeType::http,
    ProbeType::milter,
    ProbeType::clamd
};

TEST(SocketProber, CountsAServiceWithoutAProtocolAsReady) {
    EXPECT_TRUE(SocketProber().probe({}, {}).is_ready);
}

TEST(SocketProber, AcceptsAPortThatListens) {
    ScriptedServer server([](Peer& peer) { peer.wait_for_end(); });
    EXPECT_TRUE(probe(ProbeType::tcp, server).is_ready);
}

TEST(SocketProber, RefusesAPortThatNobodyListensOn) {
    ProbeTarget target;
    {
        ScriptedServer server([](Peer&) {});
        target = target_of(ProbeType::tcp, server);
    }
    const ProbeResult result = probe(target);
    EXPECT_FALSE(result.is_ready);
    EXPECT_NE(result.message.find("Connection refused"), std::string::npos) << result.message;
}

TEST(SocketProber, SaysThatAContainerHasNoAddress) {
    ScriptedServer server([](Peer&) {});
    ProbeTarget target = target_of(ProbeType::tcp, server);
    target.address = "";
    EXPECT_EQ(probe(target).message, "the container has no address");
}

TEST(SocketProber, SpeaksSmtpWithStartTlsAndAsksForItsName) {
    std::string asked_for;
    std::string second_greeting;
    ScriptedServer server([&](Peer& peer) {
        peer.send("220-mail.example.test\r\n220 ESMTP\r\n");
        peer.line();
        peer.send("250-mail.example.test\r\n250-STARTTLS\r\n250 8BITMIME\r\n");
        peer.line();
        peer.send("220 go ahead\r\n");
        asked_for = peer.accept_tls();
        second_greeting = peer.line();
        peer.send("250 mail.example.test\r\n");
        peer.wait_for_end();
    });
    ProbeTarget target = target_of(ProbeType::smtp, server);
    target.probe.start_tls = true;
    const ProbeResult result = probe(target);
    server.join();
    EXPECT_TRUE(result.is_ready) << result.message;
    EXPECT_EQ(result.message, "220 ESMTP, STARTTLS works");
    EXPECT_EQ(asked_for, "mail.example.test");
    EXPECT_EQ(second_greeting, "EHLO mail.example.test");
}

TEST(SocketProber, RefusesSmtpThatDoesNotOfferStartTls) {
    ScriptedServer server([](Peer& peer) {
        peer.send("220 hello\r\n");
        peer.line();
        peer.send("250-mail.example.test\r\n250 X-STARTTLS-NOT\r\n");
        peer.wait_for_end();
    });
    ProbeTarget target = target_of(ProbeType::smtp, server);
    target.probe.start_tls = true;
    const ProbeResult result = probe(target);
    EXPECT_FALSE(result.is_ready);
    EXPECT_EQ(result.message, "STARTTLS is not offered");
}

TEST(SocketProber, RefusesStartTlsWhoseHandshakeIsGarbage) {
    ScriptedServer server([](Peer& peer) {
        peer.send("220 hello\r\n");
        peer.line();
        peer.send("250 STARTTLS\r\n");
        peer.line();
        peer.send("220 go ahead\r\n");
        peer.send(std::string(200, 'x'));
        peer.wait_for_end();
    });
    ProbeTarget target = target_of(ProbeType::smtp, server);
    target.probe.start_tls = true;
    EXPECT_FALSE(probe(target).is_ready);
}

TEST(SocketProber, WorksOverTlsAfterAHandshakeFailedOnTheSameThread) {
    ScriptedServer broken([](Peer& peer) { peer.send(std::string(200, 'x')); });
    ProbeTarget target = target_of(ProbeType::imap, broken);
    target.probe.tls = true;
    EXPECT_FALSE(probe(target).is_ready);
    ScriptedServer good([](Peer& peer) {
        peer.accept_tls();
        peer.drip("* OK ready\r\n");
        peer.wait_for_end();
    });
    target.probe.port = good.port();
    const ProbeResult result = probe(target);
    EXPECT_TRUE(result.is_ready) << result.message;
}

TEST(SocketProber, SurvivesAServiceThatHangsUpUnderTls) {
    for (int i = 0; i < 20; ++i) {
        ScriptedServer server([](Peer& peer) { peer.accept_tls(); });
        ProbeTarget target = target_of(ProbeType::http, server);
        target.probe.tls = true;
        EXPECT_FALSE(probe(target).is_ready);
    }
}

TEST(SocketProber, RefusesSmtpThatIsNotWelcoming) {
    ScriptedServer server([](Peer& peer) {
        peer.send("421 too busy\r\n");
        peer.wait_for_end();
    });
    EXPECT_EQ(probe(ProbeType::smtp, server).message, "wanted 220, got: 421 too busy");
}

TEST(SocketProber, RefusesAReplyWithoutEnd) {
    ScriptedServer server([](Peer& peer) {
        std::string lines;
        for (int i = 0; i < 200; ++i) lines += "220-more\r\n";
        peer.send(lines);
        peer.wait_for_end();
    });
    EXPECT_EQ(probe(ProbeType::smtp, server).message, "a reply of more than 100 lines");
}

TEST(SocketProber, RefusesALineWithoutEnd) {
    ScriptedServer server([](Peer& peer) {
        peer.send(std::string(10000, '2'));
        peer.wait_for_end();
    });
    const ProbeResult result = probe(ProbeType::imap, server);
    EXPECT_NE(result.message.find("a line without end"), std::string::npos) << result.message;
}

TEST(SocketProber, SpeaksLmtp) {
    std::string hello;
    ScriptedServer server([&](Peer& peer) {
        peer.send("220 dovecot ready\r\n");
        hello = peer.line();
        peer.send("250-dovecot\r\n250 PIPELINING\r\n");
        peer.wait_for_end();
    });
    const ProbeResult result = probe(ProbeType::lmtp, server);
    server.join();
    EXPECT_TRUE(result.is_ready) << result.message;
    EXPECT_TRUE(hello.starts_with("LHLO "));
}

TEST(SocketProber, SpeaksImap) {
    ScriptedServer server([](Peer& peer) {
        peer.send("* OK [CAPABILITY IMAP4rev1] ready\r\n");
        peer.wait_for_end();
    });
    EXPECT_TRUE(probe(ProbeType::imap, server).is_ready);
}

TEST(SocketProber, RefusesImapThatSaysGoodbye) {
    ScriptedServer server([](Peer& peer) {
        peer.send("* BYE too many connections\r\n");
        peer.wait_for_end();
    });
    EXPECT_FALSE(probe(ProbeType::imap, server).is_ready);
}

TEST(SocketProber, LogsInToRedisAndPings) {
    std::string sent;
    ScriptedServer server([&](Peer& peer) {
        sent = peer.bytes(27);
        peer.send("+OK\r\n");
        peer.bytes(14);
        peer.send("+PONG\r\n");
        peer.wait_for_end();
    });
    ProbeTarget target = target_of(ProbeType::redis, server);
    target.password = "geheim1";
    const ProbeResult result = probe(target);
    server.join();
    EXPECT_TRUE(result.is_ready) << result.message;
    EXPECT_EQ(sent, "*2\r\n$4\r\nAUTH\r\n$7\r\ngeheim1\r\n");
}

TEST(SocketProber, NeverShowsAPasswordThatTheServiceRepeats) {
    ScriptedServer server([](Peer& peer) {
        peer.bytes(20);
        peer.send("-ERR unknown command 'AUTH' 'geheim1', with args beginning with: 'geheim1'\r\n");
        peer.wait_for_end();
    });
    ProbeTarget target = target_of(ProbeType::redis, server);
    target.password = "geheim1";
    const ProbeResult result = probe(target);
    EXPECT_FALSE(result.is_ready);
    EXPECT_EQ(result.message.find("geheim1"), std::string::npos) << result.message;
    EXPECT_NE(result.message.find("AUTH was refused"), std::string::npos) << result.message;
}

TEST(SocketProber, AcceptsHttpAnswersOfSuccessAndRedirection) {
    for (const char* code : {"200 OK", "204 No Content", "302 Found"}) {
        ScriptedServer server([code](Peer& peer) {
            peer.line();
            peer.send("HTTP/1.1 " + std::string(code) + "\r\n\r\n");
            peer.wait_for_end();
        });
        EXPECT_TRUE(probe(ProbeType::http, server).is_ready) << code;
    }
}

TEST(SocketProber, RefusesHttpErrors) {
    for (const char* code : {"404 Not Found", "500 Internal Server Error", "100 Continue"}) {
        ScriptedServer server([code](Peer& peer) {
            peer.line();
            peer.send("HTTP/1.1 " + std::string(code) + "\r\n\r\n");
            peer.wait_for_end();
        });
        EXPECT_FALSE(probe(ProbeType::http, server).is_ready) << code;
    }
}

TEST(SocketProber, NegotiatesWithAMilter) {
    std::string offer;
    ScriptedServer server([&](Peer& peer) {
        offer = peer.bytes(17);
        peer.send(std::string("\0\0\0\x0dO\0\0\0\x06\0\0\0\x01\0\0\0\0", 17));
        peer.wait_for_end();
    });
    const ProbeResult result = probe(ProbeType::milter, server);
    server.join();
    EXPECT_TRUE(result.is_ready) << result.message;
    EXPECT_EQ(offer.substr(0, 9), std::string("\0\0\0\x0dO\0\0\0\x06", 9));
}

TEST(SocketProber, RefusesAMilterThatAnswersSomethingElse) {
    ScriptedServer server([](Peer& peer) {
        peer.bytes(17);
        peer.send(std::string("\0\0\0\x01r", 5));
        peer.wait_for_end();
    });
    EXPECT_FALSE(probe(ProbeType::milter, server).is_ready);
}

ProbeResult probe_clamd_that_says(const std::string& pong, const std::string& version) {
    ScriptedServer server([&](Peer& peer) {
        EXPECT_EQ(peer.line(), "nIDSESSION");
        EXPECT_EQ(peer.line(), "nPING");
        peer.send(pong);
        if (version.empty()) return;
        EXPECT_EQ(peer.line(), "nVERSION");
        peer.send(version);
        EXPECT_EQ(peer.line(), "nEND");
    });
    return probe(ProbeType::clamd, server);
}

TEST(SocketProber, SaysWhichSignaturesClamdHasLoaded) {
    const ProbeResult result =
        probe_clamd_that_says("1: PONG\n", "2: ClamAV 1.4.6/27890/Tue Nov 24 09:12:11 2026\n");
    EXPECT_TRUE(result.is_ready) << result.message;
    EXPECT_EQ(result.message, "ClamAV 1.4.6, signatures 27890/Tue Nov 24 09:12:11 2026");
}

TEST(SocketProber, SaysThatClamdHasNoDailySignatures) {
    const ProbeResult result = probe_clamd_that_says("1: PONG\n", "2: ClamAV 1.4.6\n");
    EXPECT_TRUE(result.is_ready) << result.message;
    EXPECT_EQ(result.message, "ClamAV 1.4.6, without the daily signatures");
}

TEST(SocketProber, NamesTheSignaturesThatAScannerLacks) {
    const ProbeResult result =
        probe_clamd_that_says("no signatures: copy some to /var/lib/clamav ERROR\n", "");
    EXPECT_FALSE(result.is_ready);
    EXPECT_TRUE(result.is_asked);
    EXPECT_EQ(result.lack, "NoSignatures");
    EXPECT_EQ(result.message, "no signatures: copy some to /var/lib/clamav");
}

TEST(SocketProber, WaitsForSignaturesThatAreBeingFetched) {
    const ProbeResult result =
        probe_clamd_that_says("freshclam is fetching the signatures ERROR\n", "");
    EXPECT_FALSE(result.is_ready);
    EXPECT_EQ(result.lack, "");
    EXPECT_EQ(result.message, "freshclam is fetching the signatures");
}

TEST(SocketProber, RefusesAClamdThatAnswersSomethingElse) {
    EXPECT_EQ(probe_clamd_that_says("1: PANG\n", "").message, "wanted 1: PONG, got: 1: PANG");
    ScriptedServer server([](Peer& peer) {
        peer.send("1: PONG\n2: UNKNOWN COMMAND\n");
        peer.wait_for_end();
    });
    EXPECT_EQ(probe(ProbeType::clamd, server).message, "wanted 2: ClamAV, got: 2: UNKNOWN COMMAND");
}

TEST(SocketProber, RefusesEveryProtocolThatAnswersWithGarbageAndShowsItAsText) {
    for (const ProbeType type : spoken) {
        ScriptedServer server([](Peer& peer) {
            peer.send("\xff\xfe\x01garbage\x80\x1b[31m\r\n\r\n\r\n");
            peer.wait_for_end();
        });
        const ProbeResult result = probe(type, server);
        EXPECT_FALSE(result.is_ready) << static_cast<int>(type);
        for (const char c : result.message)
            EXPECT_TRUE(c >= 0x20 && c < 0x7F) << static_cast<int>(type) << ": " << result.message;
    }
}

TEST(SocketProber, RefusesEveryProtocolWhoseServiceCloses) {
    for (const ProbeType type : spoken) {
        ScriptedServer server([](Peer&) {});
        EXPECT_FALSE(probe(type, server).is_ready) << static_cast<int>(type);
    }
}

TEST(SocketProber, EndsInTimeWhenEveryProtocolIsSilent) {
    for (const ProbeType type : spoken) {
        ScriptedServer server([](Peer& peer) { peer.wait_for_end(); });
        const auto start = steady_clock::now();
        const ProbeResult result = probe(type, server);
        EXPECT_FALSE(result.is_ready) << static_cast<int>(type);
        EXPECT_LT(steady_clock::now() - start, seconds(3)) << static_cast<int>(type);
        EXPECT_NE(result.message.find("in time"), std::string::npos) << result.message;
    }
}

TEST(SocketProber, DoesNotLetASlowServiceStretchTheDeadline) {
    ScriptedServer server([](Peer& peer) { peer.drip(std::string(2000, '2')); });
    const auto start = steady_clock::now();
    EXPECT_FALSE(probe(ProbeType::smtp, server).is_ready);
    EXPECT_LT(steady_clock::now() - start, seconds(3));
}

TEST(SocketProber, EndsAtOnceWhenStopped) {
    for (const ProbeType type : spoken) {
        ScriptedServer server([](Peer& peer) { peer.wait_for_end(); });
        ProbeTarget target = target_of(type, server);
        target.probe.timeout_seconds = 60;
        std::stop_source stop;
        ProbeResult result{true, {}};
        const auto start = steady_clock::now();
        std::jthread prober([&] { result = SocketProber().probe(target, stop.get_token()); });
        stop.request_stop();
        prober.join();
        EXPECT_FALSE(result.is_ready);
        EXPECT_EQ(result.message, "the probe was cancelled");
        EXPECT_LT(steady_clock::now() - start, seconds(5));
    }
}

}  // namespace
}  // namespace vectis::reconcilers
