#include "tests/unit/docker-client/scripted_engine.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace vectis::docker {
namespace {

using namespace std::chrono_literals;
using test::Reply;
using test::ScriptedServer;
using Outcome = EngineError::Outcome;

const std::string id(64, 'a');

std::string container_json(const std::string& name, const std::string& status) {
    return R"({"Id":")" + id + R"(","Name":"/)" + name + R"(","State":{"Status":")" + status +
           R"("},"HostConfig":{"RestartPolicy":{"Name":"always"}}})";
}

TEST(HttpEngine, SpeaksTheEnginesVersionUpToItsOwn) {
    for (const auto& [theirs, agreed] : std::vector<std::pair<std::string, std::string>>{
             {"1.41", "1.41"}, {"1.45", "1.45"}, {"1.51", "1.51"}, {"1.99", "1.51"}
         }) {
        ScriptedEngine engine({{"GET /volumes", says(200, R"({"Volumes":null})")}}, theirs);
        const EngineVersion version = engine->version({});
        EXPECT_EQ(version.api_version, agreed);
        EXPECT_EQ(version.version, "20.10.24");
        EXPECT_TRUE(engine->list_volumes({}, {}).empty());
        EXPECT_TRUE(engine.asked().at(0).starts_with("GET /v" + agreed + "/volumes?"));
    }
}

TEST(HttpEngine, NegotiatesOnce) {
    ScriptedEngine engine({{"GET /containers/json", says(200, "[]")}});
    for (int i = 0; i < 3; ++i) engine->list_containers({}, {});
    EXPECT_EQ(engine.server().requests().size(), 5U);
}

TEST(HttpEngine, RefusesWhatIsTooOldAndWhatIsNoEngine) {
    for (const char* version : {"1.40", "1.x", "2.0", ""}) {
        ScriptedEngine engine({}, version);
        const EngineError error = error_of([&] { return engine->list_containers({}, {}); });
        EXPECT_EQ(error.outcome(), Outcome::not_sent);
        EXPECT_NE(std::string(error.what()).find("20.10 (API 1.41)"), std::string::npos);
    }
    const ScriptedServer other([](const std::string&) { return says(200, "hello"); });
    HttpEngine engine({.socket = other.path()});
    const std::string text = error_of([&] { return engine.version({}); }).what();
    EXPECT_NE(text.find("does not tell its API version"), std::string::npos) << text;
}

TEST(HttpEngine, SaysIfTheEngineHasDroppedTheVersion) {
    ScriptedEngine engine(
        {{"GET /version", refuses(400, "client version 1.51 is too old")}}, "1.60"
    );
    const EngineError error = error_of([&] { return engine->version({}); });
    EXPECT_EQ(error.outcome(), Outcome::not_sent);
    EXPECT_NE(std::string(error.what()).find("is too old"), std::string::npos);
}

TEST(HttpEngine, NegotiatesAgainAfterAFailure) {
    std::atomic<int> pings = 0;
    const ScriptedServer server([&](const std::string& request) {
        if (request.starts_with("GET /_ping")) {
            return ++pings == 1 ? Reply{}
                                : Reply{.bytes = test::answer(200, "", "Api-Version: 1.41\r\n")};
        }
        if (request.starts_with("GET /v1.41/version")) return says(200, "{}");
        return pings == 2 ? Reply{} : says(200, "[]");
    });
    HttpEngine engine({.socket = server.path()});
    EXPECT_EQ(
        error_of([&] { return engine.list_containers({}, {}); }).outcome(), Outcome::not_sent
    );
    EXPECT_EQ(error_of([&] { return engine.list_containers({}, {}); }).outcome(), Outcome::unknown);
    EXPECT_TRUE(engine.list_containers({}, {}).empty());
    EXPECT_EQ(pings, 3);
}

TEST(HttpEngine, NegotiatesAgainWhenAnotherEngineHasTakenTheSocket) {
    std::atomic<bool> is_old = false;
    const ScriptedServer server([&](const std::string& request) {
        if (request.starts_with("GET /_ping")) {
            const char* header = is_old ? "Api-Version: 1.41\r\n" : "Api-Version: 1.45\r\n";
            return Reply{.bytes = test::answer(200, "", header)};
        }
        if (is_old && !request.starts_with("GET /v1.41/")) {
            return refuses(400, "client version 1.45 is too new");
        }
        return says(200, request.find("/version") == std::string::npos ? "[]" : "{}");
    });
    HttpEngine engine({.socket = server.path()});
    EXPECT_TRUE(engine.list_containers({}, {}).empty());
    is_old = true;
    const EngineError error = error_of([&] { return engine.list_containers({}, {}); });
    EXPECT_EQ(error.outcome(), Outcome::not_sent);
    EXPECT_TRUE(engine.list_containers({}, {}).empty());
    EXPECT_EQ(engine.version({}).api_version, "1.41");
}

TEST(HttpEngine, OneDeadlineHoldsForAllRequestsOfAVerb) {
    ScriptedEngine engine({{"POST /containers/web/start", {.end = Reply::End::hold}}});
    const auto start = std::chrono::steady_clock::now();
    const EngineError error =
        error_of([&] { return engine->start_container("web", {.deadline = 100ms}); });
    EXPECT_EQ(error.outcome(), Outcome::unknown);
    EXPECT_STREQ(
        error.what(), "POST /containers/web/start: the engine did not answer within 100 ms"
    );
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
}

TEST(HttpEngine, KnowsNoOtherNode) {
    ScriptedEngine engine({});
    const EngineError error = error_of([&] { return engine->version({.node = "far"}); });
    EXPECT_EQ(error.outcome(), Outcome::not_sent);
    EXPECT_STREQ(error.what(), "there is no node 'far'");
}

TEST(HttpEngine, AProxysErrorIsNoRefusal) {
    for (const int status : {502, 503, 504}) {
        ScriptedEngine engine({{"POST /containers/web/start", says(status, "<html>bad</html>")}});
        const EngineError error = error_of([&] { return engine->start_container("web", {}); });
        EXPECT_EQ(error.outcome(), Outcome::unknown);
    }
}

TEST(HttpEngine, AQuestionThatCannotBeAnsweredIsAnError) {
    for (const Reply& reply :
         {refuses(500, "oops"),
          says(200, "no json"),
          says(200, "{}"),
          says(301),
          Reply{},
          refuses(404, "page not found"),
          says(403, "<html>Forbidden</html>")}) {
        ScriptedEngine engine({{"GET /containers/web/json", reply}});
        EXPECT_EQ(
            error_of([&] { return engine->inspect_container("web", {}); }).outcome(),
            Outcome::unknown
        );
    }
}

TEST(HttpEngine, StatusesBecomeEffects) {
    ScriptedEngine engine(
        {{"POST /containers/a/start", says(204)},
         {"POST /containers/b-1/start", says(304)},
         {"POST /containers/a/stop", says(204)},
         {"POST /containers/b-1/stop", says(304)},
         {"DELETE /containers/a", says(204)},
         {"DELETE /containers/gone", refuses(404, "No such container: gone")},
         {"DELETE /containers/going",
          refuses(409, "removal of container going is already in progress")},
         {"DELETE /containers/held", refuses(409, "cannot remove")},
         {"POST /containers/p-20/unpause", refuses(500, "Container x is not paused")},
         {"POST /containers/p-26/unpause", refuses(409, "Container x is not paused")},
         {"DELETE /images/x", says(200, "[]")},
         {"DELETE /volumes/used", refuses(409, "volume is in use")}}
    );
    const Call call;
    EXPECT_EQ(engine->start_container("b-1", call).value(), Effect::unchanged);
    EXPECT_EQ(engine->stop_container("b-1", {}, call).value(), Effect::unchanged);
    EXPECT_EQ(engine->remove_container("gone", call).value(), Effect::unchanged);
    EXPECT_EQ(engine->remove_container("going", call).value(), Effect::unchanged);
    EXPECT_EQ(engine->remove_container("held", call).error().reason(), RefusalReason::conflict);
    EXPECT_EQ(engine->unpause_container("p-20", call).value(), Effect::unchanged);
    EXPECT_EQ(engine->unpause_container("p-26", call).value(), Effect::unchanged);
    EXPECT_EQ(engine->remove_image("x", call).value(), Effect::changed);
    EXPECT_EQ(engine->remove_volume("used", call).error().reason(), RefusalReason::conflict);
    EXPECT_EQ(engine->remove_volume("none", call).error().reason(), RefusalReason::failed);
}

TEST(HttpEngine, AStopSendsItsGraceAndNoBody) {
    ScriptedEngine engine({{"POST /containers/web/stop", says(204)}});
    ASSERT_TRUE(engine->stop_container("web", 7s, {}));
    ASSERT_TRUE(engine->stop_container("web", {}, {}));
    EXPECT_EQ(
        engine.asked(),
        (std::vector<std::string>{
            "POST /v1.41/containers/web/stop?t=7", "POST /v1.41/containers/web/stop"
        })
    );
    EXPECT_TRUE(engine.server().requests().back().ends_with("\r\n\r\n"));
}

TEST(HttpEngine, AKillOfWhatDoesNotRunIsUnchanged) {
    const auto kill = [](const std::string& status) {
        ScriptedEngine engine(
            {{"POST /containers/web/kill", refuses(409, "is not running")},
             {"GET /containers/web/json", says(200, container_json("web", status))}}
        );
        return engine->kill_container("web", "HUP", {});
    };
    EXPECT_EQ(kill("exited").value(), Effect::unchanged);
    EXPECT_EQ(kill("created").value(), Effect::unchanged);
    EXPECT_EQ(kill("restarting").error().reason(), RefusalReason::conflict);
}

TEST(HttpEngine, ARestartPolicyIsWrittenOnlyIfItDiffers) {
    ScriptedEngine engine(
        {{"GET /containers/web/json", says(200, container_json("web", "running"))},
         {"POST /containers/" + id + "/update", says(200, "{}")}}
    );
    EXPECT_EQ(
        engine->set_restart_policy("web", RestartPolicy::always, {}).value(), Effect::unchanged
    );
    EXPECT_EQ(engine->set_restart_policy("web", RestartPolicy::no, {}).value(), Effect::changed);
    EXPECT_TRUE(engine.server().requests().back().ends_with(R"({"RestartPolicy":{"Name":"no"}})"));
}

TEST(HttpEngine, TheBeginningOfAnIdIsNoName) {
    // The engine shows container "web" for "aaa", as its id begins like that.
    ScriptedEngine engine(
        {{"GET /containers/aaa/json", says(200, container_json("web", "running"))},
         {"DELETE /containers/aaa", says(204)},
         {"DELETE /containers/-aaa", refuses(404, "No such container: -aaa")},
         {"GET /networks/bbb", says(200, R"({"Id":"bbb01","Name":"net"})")},
         {"DELETE /networks/bbb", says(204)},
         {"DELETE /networks/-bbb", refuses(404, "network -bbb not found")}}
    );
    EXPECT_EQ(engine->inspect_container("aaa", {}), std::nullopt);
    EXPECT_EQ(engine->remove_container("aaa", {}).value(), Effect::unchanged);
    EXPECT_EQ(engine->inspect_network("bbb", {}), std::nullopt);
    EXPECT_EQ(engine->remove_network("bbb", {}).value(), Effect::unchanged);
}

TEST(HttpEngine, ANameThatCouldBeginAnIdIsReplacedByTheId) {
    ScriptedEngine engine(
        {{"GET /containers/db/json", says(200, container_json("db", "running"))},
         {"DELETE /containers/" + id, says(204)}}
    );
    EXPECT_EQ(engine->remove_container("db", {}).value(), Effect::changed);
}

TEST(HttpEngine, AnEmptyNameIsNotTheList) {
    ScriptedEngine engine(
        {{"GET /networks/", says(200, "[]")}, {"GET /volumes/", says(200, R"({"Volumes":[]})")}}
    );
    EXPECT_EQ(engine->inspect_network("", {}), std::nullopt);
    EXPECT_EQ(engine->inspect_volume("", {}), std::nullopt);
}

TEST(HttpEngine, NamesAreEncoded) {
    ScriptedEngine engine({});
    error_of([&] { return engine->inspect_container("a/../b?c", {}); });
    error_of([&] { return engine->inspect_image("host:5000/a/b:1", {}); });
    EXPECT_EQ(
        engine.asked(),
        (std::vector<std::string>{
            "GET /v1.41/containers/a%2F..%2Fb%3Fc/json",
            "GET /v1.41/images/host%3A5000%2Fa%2Fb%3A1/json"
        })
    );
}

TEST(HttpEngine, ListsAreSorted) {
    ScriptedEngine engine(
        {{"GET /containers/json", says(200, R"([{"Names":["/b"]},{"Names":["/a/link","/a"]}])")},
         {"GET /images/json", says(200, R"([{"RepoTags":["b:1"]},{"RepoTags":["<none>:<none>"]}])")}
        }
    );
    const auto containers = engine->list_containers({.labels = {{"x", "1"}}}, {});
    ASSERT_EQ(containers.size(), 2U);
    EXPECT_EQ(containers[0].name, "a");
    EXPECT_NE(engine.asked().at(0).find("all=1"), std::string::npos);
    EXPECT_NE(engine.asked().at(0).find("x%3D1"), std::string::npos);
    const auto images = engine->list_images({}, {});
    ASSERT_EQ(images.size(), 2U);
    EXPECT_TRUE(images[0].tags.empty());
}

ContainerSpec on_three_networks() {
    ContainerSpec spec;
    spec.name = "web";
    spec.networks = {{"net-3", {}}, {"net-1", {}}, {"net-2", {.aliases = {"b"}}}};
    return spec;
}

const std::string created = R"({"Id":")" + id + R"("})";

TEST(HttpEngine, ConnectsTheOtherNetworksOfAnOldEngine) {
    ScriptedEngine engine(
        {{"POST /containers/create", says(201, created)},
         {"POST /networks/net-2/connect", says(200)},
         {"POST /networks/net-3/connect", says(200)}}
    );
    EXPECT_EQ(engine->create_container(on_three_networks(), {}).value(), id);
    EXPECT_EQ(
        engine.asked(),
        (std::vector<std::string>{
            "POST /v1.41/containers/create?name=web",
            "POST /v1.41/networks/net-2/connect",
            "POST /v1.41/networks/net-3/connect"
        })
    );
}

TEST(HttpEngine, NamesAllNetworksToANewEngineAtOnce) {
    ScriptedEngine engine({{"POST /containers/create", says(201, created)}}, "1.44");
    EXPECT_EQ(engine->create_container(on_three_networks(), {}).value(), id);
    EXPECT_EQ(engine.asked().size(), 1U);
    EXPECT_NE(engine.server().requests().back().find("net-3"), std::string::npos);
}

TEST(HttpEngine, ACreateThatFailsHalfWayIsNeverCalledNotSent) {
    ScriptedEngine refused(
        {{"POST /containers/create", says(201, created)},
         {"POST /networks/net-2/connect", refuses(404, "network net-2 not found")}}
    );
    EXPECT_EQ(
        refused->create_container(on_three_networks(), {}).error().reason(),
        RefusalReason::not_found
    );
    ScriptedEngine broken(
        {{"POST /containers/create", says(201, created)}, {"POST /networks/net-2/connect", Reply{}}}
    );
    EXPECT_EQ(
        error_of([&] { return broken->create_container(on_three_networks(), {}); }).outcome(),
        Outcome::unknown
    );
}

TEST(HttpEngine, ACreateWithoutAnIdIsAnError) {
    ScriptedEngine engine({{"POST /containers/create", says(201, "{}")}});
    EXPECT_EQ(
        error_of([&] { return engine->create_container({}, {}); }).outcome(), Outcome::unknown
    );
}

TEST(HttpEngine, ANetworkIsNotMadeTwice) {
    ScriptedEngine existing({{"GET /networks/net", says(200, R"({"Id":"1","Name":"net"})")}});
    EXPECT_EQ(
        existing->create_network({.name = "net"}, {}).error().reason(), RefusalReason::conflict
    );
    EXPECT_EQ(existing.asked().size(), 1U);
    ScriptedEngine missing(
        {{"GET /networks/net", refuses(404, "network net not found")},
         {"POST /networks/create", says(201, R"({"Id":"1"})")}}
    );
    EXPECT_EQ(missing->create_network({.name = "net"}, {}).value(), "1");
}

TEST(HttpEngine, ConnectingTwiceIsUnchangedInTheWordsOfAllEngines) {
    for (const char* text :
         {"endpoint with name web already exists in network net",
          "container is already attached to network net"}) {
        ScriptedEngine engine({{"POST /networks/net/connect", refuses(403, text)}});
        EXPECT_EQ(engine->connect_network("net", "web", {}, {}).value(), Effect::unchanged);
    }
    ScriptedEngine engine(
        {{"POST /networks/net/disconnect", refuses(500, "container x is not connected to network")}}
    );
    EXPECT_EQ(engine->disconnect_network("net", "web", {}).value(), Effect::unchanged);
}

}  // namespace
}  // namespace vectis::docker
