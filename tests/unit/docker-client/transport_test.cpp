#include "docker-client/transport.hpp"

#include "tests/support/scripted_server.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <latch>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <thread>

namespace vectis::docker {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::chunked_answer;
using test::Reply;
using test::ScriptedServer;
using Outcome = EngineError::Outcome;
using SteadyClock = std::chrono::steady_clock;

constexpr auto hold = Reply::End::hold;

Transport transport_to(const ScriptedServer& server) {
    return Transport({.socket = server.path()});
}

/// The error of a call that must fail.
template <class Ask>
EngineError error_of(Ask ask) {
    try {
        ask();
    } catch (const EngineError& error) {
        return error;
    }
    ADD_FAILURE() << "the call succeeded";
    return {Outcome::not_sent, "none"};
}

TEST(Transport, SendsTheRequestAndReadsTheAnswer) {
    const ScriptedServer server([](const std::string&) {
        return Reply{.bytes = answer(201, "{}", "Api-Version: 1.41\r\nX-EMPTY:\r\n")};
    });
    const HttpRequest request{
        .method = "POST", .target = "/v1.41/a?b=c", .body = "{\"x\":1}", .content_type = "text/x"
    };
    const HttpResponse response = transport_to(server).send(request, Limit({}));
    EXPECT_EQ(response.status, 201);
    EXPECT_EQ(response.body, "{}");
    EXPECT_EQ(response.headers.at("api-version"), "1.41");
    EXPECT_EQ(response.headers.at("x-empty"), "");
    const std::string sent = server.requests().at(0);
    EXPECT_TRUE(sent.starts_with("POST /v1.41/a?b=c HTTP/1.1\r\nHost: docker\r\n")) << sent;
    EXPECT_NE(sent.find("Content-Type: text/x\r\n"), std::string::npos) << sent;
    EXPECT_TRUE(sent.ends_with("\r\n\r\n{\"x\":1}")) << sent;
}

TEST(Transport, SendsAnEmptyBodyWithItsLength) {
    const ScriptedServer server([](const std::string&) { return Reply{.bytes = answer(204, "")}; });
    const Transport transport = transport_to(server);
    transport.send({.method = "POST", .target = "/a"}, Limit({}));
    transport.send({.method = "DELETE", .target = "/a"}, Limit({}));
    EXPECT_NE(server.requests().at(0).find("Content-Length: 0\r\n"), std::string::npos);
    EXPECT_EQ(server.requests().at(0).find("Content-Type"), std::string::npos);
    EXPECT_TRUE(server.requests().at(1).starts_with("DELETE /a "));
}

TEST(Transport, ReadsTheSameAnswerInPiecesOfAnySize) {
    const std::string bytes = chunked_answer({"{\"a\":", "1}\n", std::string(300, 'x')});
    for (std::size_t size = 1; size <= bytes.size(); size += size < 40 ? 1 : 50) {
        const ScriptedServer server([&](const std::string&) {
            return Reply{.bytes = bytes, .piece_size = size};
        });
        const HttpResponse response = transport_to(server).send({.target = "/"}, Limit({}));
        EXPECT_EQ(response.body, "{\"a\":1}\n" + std::string(300, 'x')) << size;
    }
}

TEST(Transport, AnAnswerCutAnywhereIsAnErrorWithUnknownOutcome) {
    for (const std::string& whole :
         {answer(200, "{\"Id\":1}"), chunked_answer({"{\"Id\"", ":1}"})}) {
        // libcurl does not wait for the very last line feed; nothing is lost without it.
        for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
            const ScriptedServer server([&](const std::string&) {
                return Reply{.bytes = whole.substr(0, size)};
            });
            const EngineError error = error_of([&] {
                transport_to(server).send({.method = "POST", .target = "/"}, Limit({}));
            });
            EXPECT_EQ(error.outcome(), Outcome::unknown) << whole.substr(0, size);
        }
    }
}

TEST(Transport, AConnectionThatBreaksInTheRequestHasAnUnknownOutcome) {
    const std::string body(1000, 'x');
    for (const std::size_t size : {0U, 1U, 20U, 100U, 500U}) {
        const ScriptedServer server([](const std::string&) { return Reply{}; }, size);
        const EngineError error = error_of([&] {
            transport_to(server).send({.method = "PUT", .target = "/", .body = body}, Limit({}));
        });
        EXPECT_EQ(error.outcome(), Outcome::unknown) << size << ' ' << error.what();
        EXPECT_TRUE(server.requests().empty());
    }
}

TEST(Transport, NeverSendsARequestTwice) {
    const ScriptedServer server([](const std::string&) { return Reply{}; });
    const Transport transport = transport_to(server);
    error_of([&] { transport.send({.method = "POST", .target = "/"}, Limit({})); });
    error_of([&] { transport.send({.target = "/"}, Limit({})); });
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST(Transport, TheEarlyAnswerToALargeUploadIsRead) {
    const ScriptedServer server([](const std::string&) { return Reply{}; });
    const ScriptedServer refusing([](const std::string&) {
        return Reply{.bytes = answer(404, "{\"message\":\"no\"}")};
    });
    const HttpResponse response = transport_to(refusing).send(
        {.method = "PUT", .target = "/", .body = std::string(8U << 20U, 'x')}, Limit({})
    );
    EXPECT_EQ(response.status, 404);
}

TEST(Transport, ADeadlineEndsACallThatIsNotAnswered) {
    const ScriptedServer server([](const std::string&) { return Reply{.end = hold}; });
    const auto start = SteadyClock::now();
    const EngineError error =
        error_of([&] { transport_to(server).send({.target = "/"}, Limit({.deadline = 100ms})); });
    const auto time = SteadyClock::now() - start;
    EXPECT_EQ(error.outcome(), Outcome::unknown);
    EXPECT_STREQ(error.what(), "the engine did not answer within 100 ms");
    EXPECT_GE(time, 100ms);
    EXPECT_LT(time, 1000ms);
}

TEST(Transport, ADeadlineEndsAnAnswerThatDoesNotEnd) {
    const ScriptedServer server([](const std::string&) {
        return Reply{.bytes = chunked_answer({"a"}, false), .end = hold};
    });
    const EngineError error =
        error_of([&] { transport_to(server).send({.target = "/"}, Limit({.deadline = 100ms})); });
    EXPECT_EQ(error.outcome(), Outcome::unknown);
}

TEST(Transport, AnEndlessStreamOutlivesTheDeadline) {
    const ScriptedServer server([](const std::string&) {
        return Reply{.bytes = chunked_answer({"a"}, false), .end = hold};
    });
    std::stop_source stop;
    const Limit limit({.deadline = 50ms, .stop = stop.get_token()});
    std::latch came(1);
    std::jthread stopper([&] {
        came.wait();
        limit.pause(1h);
        stop.request_stop();
    });
    const BodySink sink = [&](std::string_view) { came.count_down(); };
    const EngineError error =
        error_of([&] { transport_to(server).send({.target = "/"}, limit, sink, Pace::endless); });
    EXPECT_STREQ(error.what(), "the call to the engine was cancelled");
    EXPECT_TRUE(limit.is_over());
}

/// From the stop to the end of a call that waits for its answer.
SteadyClock::duration time_to_cancel() {
    const ScriptedServer server([](const std::string&) { return Reply{.end = hold}; });
    std::stop_source stop;
    std::optional<SteadyClock::time_point> stopped;
    std::jthread stopper([&] {
        EXPECT_TRUE(server.wait_for_requests(1));
        stopped = SteadyClock::now();
        stop.request_stop();
    });
    const EngineError error = error_of([&] {
        transport_to(server).send({.target = "/"}, Limit({.stop = stop.get_token()}));
    });
    const auto end = SteadyClock::now();
    stopper.join();
    EXPECT_EQ(error.outcome(), Outcome::unknown);
    return end - *stopped;
}

TEST(Transport, AStopEndsACallWithin50Milliseconds) {
    // On a busy machine a thread may have to wait for its turn longer than that, but not always.
    SteadyClock::duration fastest = 1h;
    for (int i = 0; i < 5; ++i) fastest = std::min(fastest, time_to_cancel());
    EXPECT_LT(fastest, 50ms);
}

TEST(Transport, ACallThatNobodyWantsAnyMoreIsNotSent) {
    const ScriptedServer server([](const std::string&) { return Reply{.bytes = answer(200, "")}; });
    std::stop_source stop;
    stop.request_stop();
    const Transport transport = transport_to(server);
    for (const Call& call :
         {Call{.stop = stop.get_token()}, Call{.deadline = 0ms}, Call{.deadline = -5s}}) {
        const EngineError error = error_of([&] { transport.send({.target = "/"}, Limit(call)); });
        EXPECT_EQ(error.outcome(), Outcome::not_sent);
    }
    EXPECT_TRUE(server.requests().empty());
}

TEST(Transport, TheLongestDeadlineIsNoOverflow) {
    const ScriptedServer server([](const std::string&) { return Reply{.bytes = answer(200, "a")}; }
    );
    const Limit limit({.deadline = std::chrono::milliseconds::max()});
    EXPECT_EQ(transport_to(server).send({.target = "/"}, limit).body, "a");
}

TEST(Transport, SaysThatThereIsNoEngine) {
    const std::string path = "/nonexistent/docker.sock";
    const EngineError error =
        error_of([&] { Transport({.socket = path}).send({.target = "/"}, Limit({})); });
    EXPECT_EQ(error.outcome(), Outcome::not_sent);
    const std::string text = error.what();
    EXPECT_TRUE(text.starts_with("no Docker Engine answers at unix:///nonexistent/docker.sock"))
        << text;
    EXPECT_NE(text.find("is it running?"), std::string::npos) << text;
}

TEST(Transport, SaysThatNothingListensOnASocketOrPort) {
    std::string left_over;
    {
        const ScriptedServer server([](const std::string&) { return Reply{}; });
        left_over = server.folder() + "-left-over";
        std::filesystem::rename(server.path(), left_over);
    }
    for (const Location& location :
         {Location{.socket = left_over}, Location{.authority = "127.0.0.1:1"}}) {
        const EngineError error =
            error_of([&] { Transport(location).send({.target = "/"}, Limit({})); });
        EXPECT_EQ(error.outcome(), Outcome::not_sent);
        EXPECT_NE(std::string(error.what()).find("no Docker Engine answers"), std::string::npos)
            << error.what();
    }
    std::filesystem::remove(left_over);
}

/// Acts as a user without rights for its lifetime, where the test runs as root.
class WithoutRights {
public:
    WithoutRights() {
        if (::geteuid() == 0 && ::seteuid(65534) != 0) throw std::runtime_error("seteuid");
    }
    WithoutRights(const WithoutRights&) = delete;
    WithoutRights& operator=(const WithoutRights&) = delete;
    ~WithoutRights() {
        if (::getuid() == 0 && ::seteuid(0) != 0) std::abort();
    }
};

TEST(Transport, SaysHowToGetPermission) {
    const ScriptedServer server([](const std::string&) { return Reply{}; });
    std::filesystem::permissions(server.folder(), std::filesystem::perms(0755));
    ASSERT_EQ(::chmod(server.path().c_str(), 0), 0);
    const WithoutRights as_nobody;
    const EngineError error =
        error_of([&] { transport_to(server).send({.target = "/"}, Limit({})); });
    EXPECT_EQ(error.outcome(), Outcome::not_sent);
    const std::string text = error.what();
    EXPECT_TRUE(text.starts_with("permission denied on " + server.path())) << text;
    EXPECT_NE(text.find("group that owns the socket (docker)"), std::string::npos) << text;
}

TEST(Transport, ReachesASocketWhosePathIsLongerThanASocketAddress) {
    const ScriptedServer server([](const std::string&) { return Reply{.bytes = answer(200, "a")}; }
    );
    for (const std::size_t size : {60U, 200U}) {
        const std::string folder = server.folder() + '/' + std::string(size, 'x');
        std::filesystem::create_directory(folder);
        const std::string path = folder + '/' + std::string(size, 'y');
        std::filesystem::create_symlink(server.path(), path);
        ASSERT_GT(path.size(), 107U);
        EXPECT_EQ(Transport({.socket = path}).send({.target = "/"}, Limit({})).body, "a") << size;
        const EngineError error =
            error_of([&] { Transport({.socket = path + 'z'}).send({.target = "/"}, Limit({})); });
        EXPECT_EQ(error.outcome(), Outcome::not_sent);
    }
}

TEST(Transport, HandsTheBodyOfASuccessToTheSink) {
    const ScriptedServer server([](const std::string& request) {
        const int status = request.starts_with("GET /good") ? 200 : 409;
        return Reply{.bytes = answer(status, "body"), .piece_size = 1};
    });
    std::string seen;
    const BodySink sink = [&](std::string_view bytes) { seen.append(bytes); };
    const Transport transport = transport_to(server);
    EXPECT_EQ(transport.send({.target = "/bad"}, Limit({}), sink).body, "body");
    EXPECT_EQ(seen, "");
    EXPECT_EQ(transport.send({.target = "/good"}, Limit({}), sink).body, "");
    EXPECT_EQ(seen, "body");
}

TEST(Transport, WhatASinkThrowsReachesTheCaller) {
    const ScriptedServer server([](const std::string&) {
        return Reply{.bytes = chunked_answer({"a"}, false), .end = hold};
    });
    const BodySink sink = [](std::string_view) { throw std::out_of_range("enough"); };
    EXPECT_THROW(transport_to(server).send({.target = "/"}, Limit({}), sink), std::out_of_range);
}

/// How many connections to `path` this process has that a program started by it would inherit, of
/// how many.
std::pair<int, int> inheritable_connections(const std::string& path) {
    std::pair<int, int> count{0, 0};
    for (int fd = 0; fd < 256; ++fd) {
        sockaddr_un peer{};
        socklen_t size = sizeof(peer);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the interface of sockets
        if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
        if (peer.sun_family != AF_UNIX || peer.sun_path != path) continue;
        ++count.second;
        if ((::fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0) ++count.first;
    }
    return count;
}

TEST(Transport, AProgramThatIsStartedInheritsNoConnection) {
    const ScriptedServer server([](const std::string&) { return Reply{.bytes = answer(200, "a")}; }
    );
    std::pair<int, int> seen;
    transport_to(server).send({.target = "/"}, Limit({}), [&](std::string_view) {
        seen = inheritable_connections(server.path());
    });
    EXPECT_EQ(seen, std::pair(0, 1));
}

TEST(Transport, SkipsInterimAnswers) {
    const ScriptedServer server([](const std::string&) {
        return Reply{.bytes = "HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\n" + answer(200, "a")};
    });
    const HttpResponse response = transport_to(server).send({.target = "/"}, Limit({}));
    EXPECT_EQ(response.status, 200);
    EXPECT_FALSE(response.headers.contains("x-early"));
}

TEST(Transport, DoesNotFollowARedirect) {
    const ScriptedServer server([](const std::string&) {
        return Reply{.bytes = answer(301, "", "Location: /elsewhere\r\n")};
    });
    EXPECT_EQ(transport_to(server).send({.target = "/"}, Limit({})).status, 301);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(Transport, RefusesWhatIsNoHttpAndWhatHasNoEnd) {
    std::string headers;
    for (int i = 0; i < 1000; ++i) headers += "X-" + std::to_string(i) + ": 1\r\n";
    for (const std::string& bytes :
         {std::string("SSH-2.0-OpenSSH_9.2\r\n"),
          answer(200, "a", headers),
          "HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'x') + "\r\n\r\n"}) {
        const ScriptedServer server([&](const std::string&) { return Reply{.bytes = bytes}; });
        const EngineError error =
            error_of([&] { transport_to(server).send({.target = "/"}, Limit({})); });
        EXPECT_EQ(error.outcome(), Outcome::unknown);
    }
}

TEST(Transport, LimitsABodyTo64Mebibytes) {
    const ScriptedServer server([](const std::string&) {
        return Reply{.bytes = test::open_answer(std::string((64U << 20U) + 1, 'x'))};
    });
    const EngineError error =
        error_of([&] { transport_to(server).send({.target = "/"}, Limit({})); });
    EXPECT_STREQ(error.what(), "the engine's answer is larger than 64 MiB");
}

TEST(Transport, SendsAFileAsTheBody) {
    const ScriptedServer server([](const std::string&) { return Reply{.bytes = answer(200, "")}; });
    const std::string path = server.folder() + "/body";
    std::ofstream(path, std::ios::binary) << std::string(300'000, 'x');
    const Transport transport = transport_to(server);
    transport.send({.method = "POST", .target = "/", .body_file = path}, Limit({}));
    const std::string sent = server.requests().at(0);
    EXPECT_TRUE(sent.starts_with("POST / "));
    EXPECT_NE(sent.find("Content-Length: 300000\r\n"), std::string::npos);
    EXPECT_TRUE(sent.ends_with("\r\n\r\n" + std::string(300'000, 'x')));
}

TEST(Transport, RefusesAFileThatCannotBeReadBeforeItSendsAnything) {
    const ScriptedServer server([](const std::string&) { return Reply{.bytes = answer(200, "")}; });
    for (const std::string& path : {server.folder(), server.folder() + "/nothing", server.path()}) {
        const EngineError error = error_of([&] {
            transport_to(server).send(
                {.method = "POST", .target = "/", .body_file = path}, Limit({})
            );
        });
        EXPECT_EQ(error.outcome(), Outcome::not_sent) << path;
    }
    EXPECT_TRUE(server.requests().empty());
}

TEST(Transport, ServesManyThreadsAtTheSameTime) {
    const ScriptedServer server([](const std::string& request) {
        return Reply{.bytes = answer(200, request.substr(5, request.find(' ', 5) - 5))};
    });
    const Transport transport = transport_to(server);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread) {
        threads.emplace_back([&transport, thread] {
            for (int i = 0; i < 20; ++i) {
                const std::string name = std::to_string(thread) + '-' + std::to_string(i);
                EXPECT_EQ(transport.send({.target = '/' + name}, Limit({})).body, name);
            }
        });
    }
    threads.clear();
    EXPECT_EQ(server.requests().size(), 160U);
}

}  // namespace
}  // namespace vectis::docker
