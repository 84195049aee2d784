#include "tests/unit/docker-client/scripted_engine.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <latch>
#include <stop_token>
#include <thread>

namespace vectis::docker {
namespace {

using namespace std::chrono_literals;
using test::chunked_answer;
using test::open_answer;
using test::Reply;
using test::ScriptedServer;
using Outcome = EngineError::Outcome;

std::string frame(char stream, const std::string& body) {
    std::string header{stream, 0, 0, 0, 0};
    for (const unsigned shift : {16U, 8U, 0U}) {
        header += static_cast<char>((body.size() >> shift) & 0xFFU);
    }
    return header + body;
}

Reply streams(const std::vector<std::string>& lines) {
    return {.bytes = chunked_answer(lines)};
}

TEST(Pull, ReadsTheStreamToItsEndForAnError) {
    ScriptedEngine engine(
        {{"POST /images/create",
          streams(
              {R"({"status":"Pulling from a","id":"1"})"
               "\r\n",
               R"({"errorDetail":{"message":"manifest unknown"},"error":"manifest unknown"})"
               "\r\n"}
          )}}
    );
    std::vector<std::string> seen;
    const ProgressSink sink = [&](const Progress& progress) { seen.push_back(progress.status); };
    const auto pulled = engine->pull_image("a", sink, {});
    ASSERT_FALSE(pulled);
    EXPECT_EQ(pulled.error().message(), "manifest unknown");
    EXPECT_EQ(pulled.error().reason(), RefusalReason::failed);
    EXPECT_EQ(seen.at(0), "Pulling from a");
}

TEST(Pull, FindsAnErrorInALastLineWithoutALineBreak) {
    ScriptedEngine engine(
        {{"POST /images/create", streams({R"({"error":"no space left on device"})"})}}
    );
    EXPECT_EQ(engine->pull_image("a", {}, {}).error().reason(), RefusalReason::no_space);
}

TEST(Pull, TellsWhetherItChangedAnything) {
    const auto pull = [](const std::string& status) {
        ScriptedEngine engine(
            {{"POST /images/create", streams({R"({"status":")" + status + "\"}\n"})}}
        );
        return engine->pull_image("a", {}, {}).value();
    };
    EXPECT_EQ(pull("Status: Downloaded newer image for a:latest"), Effect::changed);
    EXPECT_EQ(pull("Status: Image is up to date for a:latest"), Effect::unchanged);
}

TEST(Pull, AsksForOneTagOrDigest) {
    ScriptedEngine engine({{"POST /images/create", streams({})}});
    for (const char* reference : {"a", "host:5000/a", "host:5000/a:2", "a:1@sha256:cafe"}) {
        ASSERT_TRUE(engine->pull_image(reference, {}, {}));
    }
    const std::string start = "POST /v1.41/images/create?fromImage=";
    EXPECT_EQ(
        engine.asked(),
        (std::vector<std::string>{
            start + "a&tag=latest",
            start + "host%3A5000%2Fa&tag=latest",
            start + "host%3A5000%2Fa&tag=2",
            start + "a%3A1%40sha256%3Acafe"
        })
    );
}

TEST(Pull, AStreamThatIsCutIsAnError) {
    const std::string whole = chunked_answer({"{\"status\":\"a\"}\n", "{\"status\":\"b\"}\n"});
    for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
        ScriptedEngine engine({{"POST /images/create", {.bytes = whole.substr(0, size)}}});
        EXPECT_EQ(
            error_of([&] { return engine->pull_image("a", {}, {}); }).outcome(), Outcome::unknown
        ) << size;
    }
}

TEST(Pull, AStreamThatIsNoJsonIsAnError) {
    ScriptedEngine engine({{"POST /images/create", streams({"<html>\n"})}});
    EXPECT_EQ(
        error_of([&] { return engine->pull_image("a", {}, {}); }).outcome(), Outcome::unknown
    );
}

TEST(Build, GivesTheImagesId) {
    ScriptedEngine engine(
        {{"POST /build",
          streams(
              {R"({"stream":"Step 1/1 : FROM a\n"})"
               "\n",
               R"({"aux":{"ID":"sha256:1"}})"
               "\n",
               R"({"stream":"Successfully built 1\n"})"
               "\n"}
          )}}
    );
    const BuildSpec spec{
        .context = "tar",
        .tag = "a:1",
        .arguments = {{"x", "y"}},
        .labels = {{"l", ""}},
        .no_cache = true
    };
    EXPECT_EQ(engine->build_image(spec, {}, {}).value(), "sha256:1");
    const std::string asked = engine.asked().at(0);
    for (const char* part :
         {"version=1",
          "t=a%3A1",
          "nocache=1",
          "buildargs=%7B%22x%22%3A%22y%22%7D",
          "labels=%7B%22l%22%3A%22%22%7D"}) {
        EXPECT_NE(asked.find(part), std::string::npos) << asked;
    }
    EXPECT_TRUE(engine.server().requests().back().ends_with("\r\n\r\ntar"));
}

TEST(Build, AFailureShowsItsStepAndWhatThatWrote) {
    ScriptedEngine engine(
        {{"POST /build",
          streams(
              {R"({"stream":"Step 1/2 : FROM a\n"})"
               "\n",
               R"({"stream":"Step 2/2 : RUN make\n"})"
               "\n",
               R"({"stream":"missing separator\n"})"
               "\n",
               R"({"errorDetail":{"code":2,"message":"returned 2"}})"
               "\n"}
          )}}
    );
    EXPECT_EQ(
        engine->build_image({}, {}, {}).error().message(),
        "returned 2\nStep 2/2 : RUN make\nmissing separator\n"
    );
}

TEST(Build, WithoutAnImageHasFailed) {
    ScriptedEngine engine(
        {{"POST /build",
          streams({R"({"stream":"Step 1/1 : FROM a\n"})"
                   "\n"})}}
    );
    EXPECT_EQ(engine->build_image({.tag = "a"}, {}, {}).error().reason(), RefusalReason::failed);
}

TEST(Import, SendsTheFileAndGivesTheImagesId) {
    ScriptedEngine engine(
        {{"POST /images/create",
          streams({R"({"status":"sha256:1"})"
                   "\n"})},
         {"GET /images/host%3A5000%2Fa/json", says(200, R"({"Id":"sha256:1"})")}}
    );
    const std::string path = engine.server().folder() + "/root.tar";
    std::ofstream(path) << "tar";
    EXPECT_EQ(engine->import_image(path, "host:5000/a", {}).value(), "sha256:1");
    EXPECT_EQ(engine.asked().at(0), "POST /v1.41/images/create?fromSrc=-&repo=host%3A5000%2Fa");
    EXPECT_EQ(
        error_of([&] { return engine->import_image(path + "x", "a", {}); }).outcome(),
        Outcome::not_sent
    );
}

ScriptedEngine::Table exec_table(const Reply& stream, const Reply& state) {
    return {
        {"POST /containers/web/exec", says(201, R"({"Id":"e1"})")},
        {"POST /exec/e1/start", stream},
        {"GET /exec/e1/json", state}
    };
}

const Reply ended = says(200, R"({"Running":false,"ExitCode":3})");

TEST(Exec, GivesBothStreamsAndTheExitCode) {
    const std::string said = frame(1, "out ") + frame(2, "error") + frame(1, "more");
    ScriptedEngine engine(exec_table({.bytes = open_answer(said), .piece_size = 3}, ended));
    const ExecResult result = engine->exec("web", {.command = {"a", "b"}, .user = "7"}, {}).value();
    EXPECT_EQ(result.output, "out more");
    EXPECT_EQ(result.error_output, "error");
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_TRUE(engine.server().requests().at(2).ends_with(
        R"({"AttachStdout":true,"AttachStderr":true,"Cmd":["a","b"],"User":"7"})"
    ));
}

TEST(Exec, WaitsForACommandThatHasClosedItsStreams) {
    std::atomic<int> asked = 0;
    const ScriptedServer server([&](const std::string& request) {
        const auto is = [&](const char* part) { return request.find(part) != std::string::npos; };
        if (is("/_ping ")) return Reply{.bytes = test::answer(200, "", "Api-Version: 1.41\r\n")};
        if (is("/version ")) return says(200, "{}");
        if (is("/containers/web/exec ")) return says(201, R"({"Id":"e1"})");
        if (is("/exec/e1/start ")) return Reply{.bytes = open_answer("")};
        return ++asked < 3 ? says(200, R"({"Running":true,"ExitCode":null})") : ended;
    });
    HttpEngine engine({.socket = server.path()});
    EXPECT_EQ(engine.exec("web", {}, {}).value().exit_code, 3);
    EXPECT_EQ(asked, 3);
}

TEST(Exec, ACommandThatDoesNotEndMeetsTheDeadline) {
    ScriptedEngine engine(
        exec_table({.bytes = open_answer("")}, says(200, R"({"Running":true,"ExitCode":null})"))
    );
    EXPECT_EQ(
        error_of([&] { return engine->exec("web", {}, {.deadline = 500ms}); }).outcome(),
        Outcome::unknown
    );
}

TEST(Exec, AStreamCutInAFrameIsAnError) {
    const std::string said = frame(1, "abc");
    for (std::size_t size = 1; size < said.size(); ++size) {
        ScriptedEngine engine(exec_table({.bytes = open_answer(said.substr(0, size))}, ended));
        EXPECT_EQ(error_of([&] { return engine->exec("web", {}, {}); }).outcome(), Outcome::unknown)
            << size;
    }
}

TEST(Exec, RefusesTooMuchOutputInsteadOfCuttingIt) {
    const std::string half = frame(1, std::string(9U << 20U, 'x'));
    ScriptedEngine engine(exec_table({.bytes = open_answer(half + half)}, ended));
    EXPECT_EQ(engine->exec("web", {}, {}).error().message(), "the command wrote more than 16 MiB");
}

TEST(Exec, WhatFailsAfterTheStartIsNeverCalledNotSent) {
    for (const Reply& state : {Reply{}, refuses(404, "No such exec instance"), says(200, "x")}) {
        ScriptedEngine engine(exec_table({.bytes = open_answer("")}, state));
        EXPECT_EQ(
            error_of([&] { return engine->exec("web", {}, {}); }).outcome(), Outcome::unknown
        );
    }
}

TEST(Upload, KeepsTheOwnersOfTheArchive) {
    ScriptedEngine engine({{"PUT /containers/web/archive", says(200)}});
    EXPECT_EQ(engine->upload_archive("web", "/a b", "tar", {}).value(), Effect::changed);
    EXPECT_EQ(
        engine.asked().at(0),
        "PUT /v1.41/containers/web/archive?noOverwriteDirNonDir=1&path=%2Fa%20b"
    );
}

TEST(Logs, ReachTheSinkByStream) {
    ScriptedEngine engine(
        {{"GET /containers/web/logs",
          {.bytes = chunked_answer({frame(1, "a") + frame(2, "b"), frame(1, "c")})}}}
    );
    std::string out;
    std::string error;
    const LogSink sink = [&](StreamKind kind, std::string_view bytes) {
        (kind == StreamKind::out ? out : error).append(bytes);
    };
    const LogOptions options{
        .tail_lines = 5, .timestamps = true, .since = Time(std::chrono::nanoseconds(1'500'000'000))
    };
    EXPECT_EQ(engine->logs("web", options, sink, {}).value(), Effect::unchanged);
    EXPECT_EQ(out, "ac");
    EXPECT_EQ(error, "b");
    EXPECT_EQ(
        engine.asked().at(0),
        "GET /v1.41/containers/web/logs?stdout=1&stderr=1&timestamps=1&tail=5&since=1.500000000"
    );
}

TEST(Logs, AreFollowedUntilTheStop) {
    ScriptedEngine engine(
        {{"GET /containers/web/logs",
          {.bytes = chunked_answer({frame(1, "a")}, false), .end = Reply::End::hold}}}
    );
    std::stop_source stop;
    const LogSink sink = [&](StreamKind, std::string_view) { stop.request_stop(); };
    EXPECT_TRUE(engine->logs("web", {.follow = true}, sink, {.stop = stop.get_token()}));
    EXPECT_NE(engine.asked().at(0).find("follow=1"), std::string::npos);
}

TEST(Logs, AStreamThatBreaksIsAnError) {
    ScriptedEngine cut(
        {{"GET /containers/web/logs", {.bytes = chunked_answer({frame(1, "a").substr(0, 5)})}}}
    );
    EXPECT_THROW(cut->logs("web", {}, {}, {}), EngineError);
    ScriptedEngine broken(
        {{"GET /containers/web/logs", {.bytes = chunked_answer({frame(1, "a")}, false)}}}
    );
    EXPECT_THROW(broken->logs("web", {.follow = true}, {}, {}), EngineError);
    ScriptedEngine strange(
        {{"GET /containers/web/logs", {.bytes = chunked_answer({"plain text of a terminal"})}}}
    );
    EXPECT_THROW(strange->logs("web", {}, {}, {}), EngineError);
}

const std::string event =
    R"({"Type":"container","Action":"start","Actor":{"ID":"1","Attributes":{"name":"web"}},"timeNano":1500000001})"
    "\n";

TEST(Events, AreReadUntilTheStop) {
    ScriptedEngine engine(
        {{"GET /events",
          {.bytes = chunked_answer({event, event}, false), .piece_size = 7, .end = Reply::End::hold}
        }}
    );
    std::stop_source stop;
    std::vector<Event> seen;
    const EventSink sink = [&](const Event& next) {
        seen.push_back(next);
        if (seen.size() == 2) stop.request_stop();
    };
    engine->events(
        Time(std::chrono::nanoseconds(1'000'000'002)),
        sink,
        {.deadline = 5s, .stop = stop.get_token()}
    );
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].action, "start");
    EXPECT_EQ(seen[0].time.time_since_epoch(), 1500000001ns);
    EXPECT_EQ(engine.asked().at(0), "GET /v1.41/events?since=1.000000002");
}

TEST(Events, ThrowWhenTheStreamEndsBreaksOrIsNone) {
    for (const Reply& reply :
         {Reply{.bytes = chunked_answer({event})},
          Reply{.bytes = chunked_answer({event}, false)},
          Reply{},
          Reply{.bytes = chunked_answer({"nonsense\n"})},
          refuses(400, "bad since"),
          says(403, "<html>")}) {
        ScriptedEngine engine({{"GET /events", reply}});
        const EventSink sink = [](const Event&) {};
        EXPECT_THROW(engine->events({}, sink, {}), EngineError);
        EXPECT_EQ(engine.asked().size(), 1U);
    }
}

TEST(Events, AStopEndsASilentStreamAtOnce) {
    ScriptedEngine engine(
        {{"GET /events", {.bytes = chunked_answer({}, false), .end = Reply::End::hold}}}
    );
    std::stop_source stop;
    std::jthread stopper([&] {
        EXPECT_TRUE(engine.server().wait_for_requests(3));
        stop.request_stop();
    });
    engine->events({}, [](const Event&) {}, {.stop = stop.get_token()});
    EXPECT_TRUE(stop.stop_requested());
}

}  // namespace
}  // namespace vectis::docker
