#include "docker-client/http_engine.hpp"
#include "docker-client/limit.hpp"
#include "docker-client/tar.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string_view>
#include <thread>

/// What only a real engine can show of the HTTP client. VECTIS_TEST_ENGINES names engines,
/// "unix:///a.sock;unix:///b.sock"; they need the image debian:trixie-slim.
namespace vectis::docker {
namespace {

using namespace std::chrono_literals;

constexpr const char* image = "debian:trixie-slim";

std::vector<std::string> sockets() {
    static constexpr std::string_view scheme = "unix://";
    const char* listed = std::getenv("VECTIS_TEST_ENGINES");
    std::vector<std::string> out;
    std::string_view rest = listed == nullptr ? "" : listed;
    while (!rest.empty()) {
        const std::string_view next = rest.substr(0, rest.find(';'));
        if (!next.empty() && !next.starts_with(scheme)) {
            throw std::runtime_error(
                "VECTIS_TEST_ENGINES: not a unix:// address: " + std::string(next)
            );
        }
        if (!next.empty()) out.emplace_back(next.substr(scheme.size()));
        rest.remove_prefix(std::min(rest.size(), next.size() + 1));
    }
    return out;
}

/// A running container on an engine, with a volume on /data, both gone with their object.
class Box {
public:
    explicit Box(const std::string& socket) : engine_({.socket = socket}) {
        static int count = 0;
        name_ = "dctest-" + std::to_string(::getpid()) + '-' + std::to_string(++count);
        if (!engine_.inspect_image(image, {})) {
            throw std::runtime_error(
                "the engine at " + socket + " has no image " + image + ": .ci/base-image"
            );
        }
        ContainerSpec spec;
        spec.name = name_;
        spec.image = image;
        spec.user = "1000";
        spec.mounts = {{.source = name_, .target = "/data"}};
        spec.command = {"sh", "-c", "echo out; echo error >&2; exec sleep 1000"};
        spec.stop_timeout = 1s;
        id_ = engine_.create_container(spec, {}).value();
        engine_.start_container(id_, {}).value();
    }
    Box(const Box&) = delete;
    Box& operator=(const Box&) = delete;
    ~Box() {
        static_cast<void>(engine_.remove_container(name_, {}));
        static_cast<void>(engine_.remove_volume(name_, {}));
    }

    HttpEngine& engine() { return engine_; }
    const std::string& id() const { return id_; }
    const std::string& name() const { return name_; }
    ExecResult run(const std::string& script) {
        return engine_.exec(id_, {.command = {"sh", "-c", script}, .user = "0"}, {}).value();
    }

private:
    HttpEngine engine_;
    std::string name_;
    std::string id_;
};

class HttpEngineOnRealEngines : public testing::Test {
protected:
    void SetUp() override {
        for (const std::string& socket : sockets()) {
            boxes_.push_back(std::make_unique<Box>(socket));
        }
        if (boxes_.empty()) GTEST_SKIP() << "VECTIS_TEST_ENGINES names no engine";
    }
    std::vector<std::unique_ptr<Box>> boxes_;
};

TEST_F(HttpEngineOnRealEngines, AnUploadKeepsOwnersModesAndAnyName) {
    for (const auto& box : boxes_) {
        const std::string tar =
            make_tar({{.path = "grüße \xff", .content = "hello", .mode = 0640, .uid = 77, .gid = 88}
            });
        ASSERT_TRUE(box->engine().upload_archive(box->id(), "/data", tar, {}));
        EXPECT_EQ(box->run("cd /data; stat -c '%u %g %a %s' *").output, "77 88 640 5\n");
        EXPECT_EQ(box->run("ls /data | od -An -tx1 | tr -d ' \\n'").output, "6772c3bcc39f6520ff0a");
    }
}

TEST_F(HttpEngineOnRealEngines, ExecWaitsForACommandThatHasClosedItsStreams) {
    for (const auto& box : boxes_) {
        EXPECT_EQ(box->run("exec >&- 2>&-; sleep 0.4; exit 9").exit_code, 9);
    }
}

TEST_F(HttpEngineOnRealEngines, ExecOfAMissingProgramFailsWithItsReason) {
    for (const auto& box : boxes_) {
        const auto result = box->engine().exec(box->id(), {.command = {"/nope"}}, {});
        ASSERT_TRUE(result);
        EXPECT_GE(result->exit_code, 126);
        EXPECT_NE(result->output.find("no such file"), std::string::npos) << result->output;
    }
}

TEST_F(HttpEngineOnRealEngines, ExecGivesLargeOutputWholeOrNotAtAll) {
    for (const auto& box : boxes_) {
        const ExecResult large = box->run("head -c 9000000 /dev/zero | tr '\\0' x");
        EXPECT_EQ(large.output.size(), 9'000'000U);
        EXPECT_EQ(large.output.find_first_not_of('x'), std::string::npos);
        const auto huge =
            box->engine().exec(box->id(), {.command = {"head", "-c", "17000000", "/dev/zero"}}, {});
        ASSERT_FALSE(huge);
        EXPECT_EQ(huge.error().message(), "the command wrote more than 16 MiB");
    }
}

TEST_F(HttpEngineOnRealEngines, TheBeginningOfAnIdIsNoName) {
    for (const auto& box : boxes_) {
        for (const std::size_t size : {4U, 12U, 63U}) {
            const std::string beginning = box->id().substr(0, size);
            EXPECT_EQ(box->engine().inspect_container(beginning, {}), std::nullopt);
            EXPECT_EQ(box->engine().remove_container(beginning, {}).value(), Effect::unchanged);
            EXPECT_EQ(
                box->engine().start_container(beginning, {}).error().reason(),
                RefusalReason::not_found
            );
        }
        EXPECT_TRUE(box->engine().inspect_container(box->id(), {}));
    }
}

TEST_F(HttpEngineOnRealEngines, ACancelledStopReturnsAtOnceAndStillStops) {
    for (const auto& box : boxes_) {
        std::stop_source stop;
        std::optional<std::chrono::steady_clock::time_point> cancelled;
        // The program ignores the signal, as the first process of a container does.
        std::jthread canceller([&] {
            Limit({}).pause(300ms);
            cancelled = std::chrono::steady_clock::now();
            stop.request_stop();
        });
        try {
            static_cast<void>(
                box->engine().stop_container(box->id(), 1s, {.stop = stop.get_token()})
            );
            ADD_FAILURE() << "the stop was answered";
        } catch (const EngineError& error) {
            EXPECT_EQ(error.outcome(), EngineError::Outcome::unknown);
        }
        const auto end = std::chrono::steady_clock::now();
        canceller.join();
        EXPECT_LT(end - *cancelled, 500ms);
        EXPECT_TRUE(box->engine().stop_container(box->id(), 5s, {}));
        EXPECT_EQ(box->engine().inspect_container(box->id(), {})->state, ContainerState::exited);
    }
}

TEST_F(HttpEngineOnRealEngines, LogsAreFollowedUntilTheStop) {
    for (const auto& box : boxes_) {
        std::stop_source stop;
        std::string out;
        std::string error;
        const LogSink sink = [&](StreamKind kind, std::string_view bytes) {
            (kind == StreamKind::out ? out : error).append(bytes);
            if (!out.empty() && !error.empty()) stop.request_stop();
        };
        EXPECT_TRUE(
            box->engine().logs(box->id(), {.follow = true}, sink, {.stop = stop.get_token()})
        );
        EXPECT_EQ(out, "out\n");
        EXPECT_EQ(error, "error\n");
    }
}

TEST_F(HttpEngineOnRealEngines, TheRefusalOfALargeUploadIsRead) {
    for (const auto& box : boxes_) {
        const std::string tar = make_tar({{.path = "f", .content = std::string(20U << 20U, 'x')}});
        const auto refused = box->engine().upload_archive("dctest-nothing", "/data", tar, {});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().reason(), RefusalReason::not_found);
    }
}

TEST_F(HttpEngineOnRealEngines, AFailedBuildShowsItsStep) {
    for (const auto& box : boxes_) {
        const std::string file =
            std::string("FROM ") + image + "\nRUN echo the reason >&2; exit 3\n";
        const BuildSpec spec{.context = make_tar({{.path = "Dockerfile", .content = file}})};
        const auto built = box->engine().build_image(spec, {}, {.deadline = 120s});
        ASSERT_FALSE(built);
        const std::string text = built.error().message();
        EXPECT_NE(text.find("returned a non-zero code: 3"), std::string::npos) << text;
        EXPECT_NE(text.find("Step 2/2"), std::string::npos) << text;
        EXPECT_NE(text.find("the reason"), std::string::npos) << text;
    }
}

TEST_F(HttpEngineOnRealEngines, ManyThreadsAskAtTheSameTime) {
    for (const auto& box : boxes_) {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 8; ++thread) {
            threads.emplace_back([&] {
                for (int i = 0; i < 10; ++i) {
                    EXPECT_EQ(box->engine().inspect_container(box->name(), {})->id, box->id());
                    EXPECT_FALSE(box->engine().list_containers({}, {}).empty());
                }
            });
        }
    }
}

}  // namespace
}  // namespace vectis::docker
