#include "docker-client/tar.hpp"
#include "tests/unit/docker-client/model_world.hpp"

namespace vectis::docker {
namespace {

class ModelFiles : public ModelWorld {
protected:
    ModelFiles() {
        ContainerSpec spec = app("web");
        spec.read_only_root = true;
        spec.mounts = {
            {.source = "live", .target = "/live"},
            {.source = "fixed", .target = "/live/fixed", .read_only = true},
            {.type = Mount::Type::tmpfs, .target = "/tmp"}
        };
        run(spec);
    }
    void upload(const std::string& path, const std::string& name, const std::string& content) {
        const std::string tar =
            make_tar({{.path = name, .content = content, .mode = 0400, .uid = 5, .gid = 6}});
        ASSERT_TRUE(engine_.upload_archive("web", path, tar, call_));
    }
    std::int64_t exec(const std::vector<std::string>& command) {
        return engine_.exec("web", {.command = command}, call_).value().exit_code;
    }
    StoredEntries live() { return engine_.read_volume("live").value(); }
};

TEST_F(ModelFiles, AnUploadKeepsContentModeAndOwner) {
    upload("/live", "./a/b", "text");
    EXPECT_EQ(live().at("a/b"), (StoredEntry{.content = "text", .mode = 0400, .uid = 5, .gid = 6}));
    EXPECT_EQ(engine_.read_volume("nowhere"), std::nullopt);
}

TEST_F(ModelFiles, AProgramWritesIntoItsVolume) {
    EXPECT_TRUE(engine_.write_volume("live", "data", "text"));
    EXPECT_EQ(live().at("data").content, "text");
    EXPECT_FALSE(engine_.write_volume("nowhere", "data", "text"));
}

TEST_F(ModelFiles, ALiveSwapMovesALinkOverTheOldOne) {
    upload("/live", "v1/config", "one");
    EXPECT_EQ(exec({"ln", "-sfn", "v1", "/live/next"}), 0);
    EXPECT_EQ(exec({"mv", "-T", "/live/next", "/live/current"}), 0);
    upload("/live", "v2/config", "two");
    EXPECT_EQ(exec({"ln", "-sfn", "v2", "/live/next"}), 0);
    EXPECT_EQ(exec({"mv", "-T", "/live/next", "/live/current"}), 0);
    EXPECT_EQ(live().at("current").content, "v2");
    EXPECT_FALSE(live().contains("next"));
    EXPECT_EQ(exec({"rm", "-rf", "/live/v1", "/live/never-there"}), 0);
    EXPECT_FALSE(live().contains("v1/config"));
    EXPECT_TRUE(live().contains("v2/config"));
}

TEST_F(ModelFiles, AMoveTakesAWholeFolderAndRefusesAFullTarget) {
    upload("/live", "a/one", "1");
    upload("/live", "b/two", "2");
    EXPECT_EQ(exec({"mv", "-T", "/live/a", "/live/b"}), 1);
    EXPECT_EQ(exec({"mv", "-T", "/live/a", "/live/c"}), 0);
    EXPECT_EQ(live().at("c/one").content, "1");
    EXPECT_EQ(exec({"mv", "-T", "/live/a", "/live/d"}), 1);
}

TEST_F(ModelFiles, ReadOnlyPlacesStayAsTheyAre) {
    EXPECT_EQ(exec({"ln", "-sfn", "x", "/live/fixed/link"}), 1);
    EXPECT_EQ(exec({"mkdir", "-p", "/etc/new"}), 1);
    EXPECT_FALSE(engine_.upload_archive("web", "/live/fixed", make_tar({{.path = "a"}}), call_));
    EXPECT_FALSE(engine_.upload_archive("web", "/etc", make_tar({{.path = "a"}}), call_));
    EXPECT_FALSE(engine_.upload_archive("web", "/live", make_tar({{.path = "../../a"}}), call_));
    EXPECT_TRUE(live().empty());
}

TEST_F(ModelFiles, OtherCommandsSucceedUnlessAHandlerAnswers) {
    EXPECT_EQ(exec({"postfix", "reload"}), 0);
    EXPECT_EQ(exec({"false"}), 1);
    engine_.set_exec_handler(
        [](const Container& container, const ExecSpec& spec) -> std::optional<ExecResult> {
            if (spec.command[0] != "postfix") return std::nullopt;
            return ExecResult{.exit_code = 2, .output = container.name};
        }
    );
    const ExecResult answered =
        engine_.exec("web", {.command = {"postfix", "reload"}}, call_).value();
    EXPECT_EQ(answered.exit_code, 2);
    EXPECT_EQ(answered.output, "web");
    EXPECT_EQ(exec({"true"}), 0);
}

TEST_F(ModelFiles, AVolumeWhoseContentIsUnknownBelievesTheCommand) {
    ModelEngine loaded([this] { return now_; });
    loaded.load(
        {inspect("web")}, {}, engine_.list_volumes({}, call_), engine_.list_images({}, call_)
    );
    const auto moved = loaded.exec("web", {.command = {"mv", "-T", "/live/a", "/live/b"}}, call_);
    EXPECT_EQ(moved.value().exit_code, 0);
    EXPECT_TRUE(loaded.upload_archive("web", "/live/sub", make_tar({{.path = "a"}}), call_));
}

TEST_F(ModelFiles, TheDescriptionShowsNoContent) {
    upload("/live", "password", "hunter2-hunter2");
    EXPECT_EQ(engine_.describe().find("hunter2"), std::string::npos);
}

TEST_F(ModelFiles, ABuildTakesItsIdFromContextAndBaseAndPullsABaseThatItLacks) {
    const auto build = [&](const std::string& text) {
        const std::string context = make_tar({{.path = "Dockerfile", .content = text}});
        return engine_.build_image({.context = context, .tag = "built:1"}, {}, call_);
    };
    EXPECT_FALSE(build("FROM debian:trixie-slim\n"));
    engine_.offer_image("debian:trixie-slim", "sha256:one");
    const std::string first = build("FROM debian:trixie-slim\n").value();
    EXPECT_EQ(build("FROM debian:trixie-slim\n").value(), first);
    EXPECT_NE(build("FROM debian:trixie-slim\nRUN true\n").value(), first);
    EXPECT_TRUE(build("FROM debian:trixie-slim AS base\nFROM base\n"));
    engine_.add_image("debian:trixie-slim", "sha256:two");
    EXPECT_NE(build("FROM debian:trixie-slim\n").value(), first);
}

TEST_F(ModelFiles, APullMovesTheTagToTheNewImage) {
    engine_.offer_image("app:1", "sha256:new");
    ASSERT_TRUE(engine_.pull_image("app:1", {}, call_));
    EXPECT_EQ(engine_.inspect_image("app:1", call_)->id, "sha256:new");
    EXPECT_TRUE(engine_.inspect_image(inspect("web").image_id, call_)->tags.empty());
    EXPECT_EQ(engine_.pull_image("app:2", {}, call_).error().reason(), RefusalReason::not_found);
}

}  // namespace
}  // namespace vectis::docker
