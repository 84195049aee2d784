#include "docker-client/http_engine.hpp"
#include "docker-client/reference.hpp"
#include "docker-client/tar.hpp"
#include "tests/contract/docker-client/engine_contract.hpp"

/// What every Engine does with volumes, files, commands, logs and images.
namespace vectis::docker {
namespace {

class EngineStorageContract : public EngineContract {
protected:
    static std::string tar_of(const std::string& path, const std::string& content) {
        return make_tar({{.path = path, .content = content, .mode = 0640, .uid = 7, .gid = 8}});
    }
    Mount volume(const std::string& target, bool read_only = false) {
        return {.source = test_.name("data"), .target = target, .read_only = read_only};
    }
    ExecResult exec(const std::string& id, const std::vector<std::string>& command) {
        auto result = engine_.exec(id, {.command = command}, call_);
        if (!result) throw std::runtime_error(result.error().message());
        return *result;
    }
};

TEST_P(EngineStorageContract, CreatingAVolumeAgainReturnsTheOldOne) {
    const VolumeSpec spec{.name = test_.name("data"), .labels = test_.labels()};
    const Volume first = engine_.create_volume(spec, call_).value();
    EXPECT_EQ(first.name, spec.name);
    EXPECT_EQ(first.labels, spec.labels);
    EXPECT_FALSE(first.created_at.empty());
    const Volume second =
        engine_.create_volume({.name = spec.name, .labels = {{"other", "1"}}}, call_).value();
    EXPECT_EQ(second, first);
    EXPECT_EQ(engine_.inspect_volume(spec.name, call_), first);
    EXPECT_EQ(engine_.list_volumes(test_.labels(), call_), std::vector{first});
    EXPECT_EQ(engine_.list(test_.labels(), call_).volumes, std::vector{first});
    EXPECT_EQ(outcome(engine_.remove_volume(spec.name, call_)), "changed");
    EXPECT_EQ(outcome(engine_.remove_volume(spec.name, call_)), "unchanged");
}

TEST_P(EngineStorageContract, ABadVolumeNameIsInvalid) {
    EXPECT_EQ(outcome(engine_.create_volume({.name = "a/b"}, call_)), "refused: invalid");
}

TEST_P(EngineStorageContract, AMissingVolumeComesIntoBeingWithoutLabels) {
    ContainerSpec spec = test_.container("web");
    spec.mounts = {volume("/data")};
    create(spec);
    const auto made = engine_.inspect_volume(test_.name("data"), call_);
    ASSERT_TRUE(made);
    EXPECT_TRUE(made->labels.empty());
}

TEST_P(EngineStorageContract, AVolumeInUseStaysAndOutlivesItsContainer) {
    ContainerSpec spec = test_.container("web");
    spec.mounts = {volume("/data")};
    const std::string id = create(spec);
    EXPECT_EQ(outcome(engine_.remove_volume(test_.name("data"), call_)), "refused: conflict");
    EXPECT_EQ(outcome(engine_.remove_container(id, call_)), "changed");
    EXPECT_TRUE(engine_.inspect_volume(test_.name("data"), call_));
    EXPECT_EQ(outcome(engine_.remove_volume(test_.name("data"), call_)), "changed");
}

TEST_P(EngineStorageContract, AnonymousVolumesGoWithTheirContainer) {
    ContainerSpec spec = test_.container("web");
    spec.mounts = {{.source = "", .target = "/data"}};
    const std::string id = create(spec);
    const std::string name = inspect(id).mounts.at(0).source;
    EXPECT_TRUE(engine_.inspect_volume(name, call_));
    EXPECT_EQ(outcome(engine_.remove_container(id, call_)), "changed");
    EXPECT_FALSE(engine_.inspect_volume(name, call_));
}

TEST_P(EngineStorageContract, ANeverStartedContainerFillsAVolumeForAReadOnlyReader) {
    ContainerSpec helper = test_.container("helper");
    helper.mounts = {volume("/data")};
    const std::string id = create(helper);
    EXPECT_EQ(
        outcome(engine_.upload_archive(id, "/data", tar_of("sub/file", "hello"), call_)), "changed"
    );
    EXPECT_EQ(
        outcome(engine_.upload_archive(id, "/data/sub", tar_of("more", "world"), call_)), "changed"
    );
    ContainerSpec reader = test_.container("reader");
    reader.read_only_root = true;
    reader.mounts = {volume("/more", true)};
    const std::string running = run(reader);
    EXPECT_EQ(exec(running, {"/tiny", "cat", "/more/sub/file"}).output, "hello");
    EXPECT_EQ(exec(running, {"/tiny", "cat", "/more/sub/more"}).output, "world");
    EXPECT_EQ(exec(running, {"/tiny", "cat", "/more/nothing"}).exit_code, 5);
}

TEST_P(EngineStorageContract, ARunningContainerSeesAnUploadAtOnce) {
    ContainerSpec spec = test_.container("web");
    spec.read_only_root = true;
    spec.mounts = {volume("/data")};
    const std::string id = run(spec);
    EXPECT_EQ(
        outcome(engine_.upload_archive(id, "/data", tar_of("file", "one"), call_)), "changed"
    );
    EXPECT_EQ(exec(id, {"/tiny", "cat", "/data/file"}).output, "one");
    EXPECT_EQ(
        outcome(engine_.upload_archive(id, "/data", tar_of("file", "two"), call_)), "changed"
    );
    EXPECT_EQ(exec(id, {"/tiny", "cat", "/data/file"}).output, "two");
}

TEST_P(EngineStorageContract, UploadsOutsideOfWritableVolumesAreRefused) {
    ContainerSpec spec = test_.container("web");
    spec.read_only_root = true;
    spec.mounts = {volume("/data", true), {.source = test_.name("rw"), .target = "/more"}};
    const std::string id = create(spec);
    const auto upload = [&](const std::string& path) {
        return engine_.upload_archive(id, path, tar_of("file", "x"), call_);
    };
    EXPECT_FALSE(upload("/etc"));
    EXPECT_FALSE(upload("/data"));
    EXPECT_EQ(outcome(upload("/more/nowhere")), "refused: not_found");
    EXPECT_FALSE(engine_.upload_archive(id, "/more", tar_of("../out", "x"), call_));
    EXPECT_FALSE(
        engine_.upload_archive(id, "/more", "this is no archive, however long it may be", call_)
    );
}

TEST_P(EngineStorageContract, AnUploadIntoATmpfsVanishes) {
    ContainerSpec spec = test_.container("web");
    spec.mounts = {{.type = Mount::Type::tmpfs, .target = "/scratch"}};
    const std::string id = run(spec);
    EXPECT_EQ(
        outcome(engine_.upload_archive(id, "/scratch", tar_of("file", "x"), call_)), "changed"
    );
    EXPECT_EQ(exec(id, {"/tiny", "cat", "/scratch/file"}).exit_code, 5);
}

TEST_P(EngineStorageContract, ExecTellsExitCodeAndBothStreams) {
    const std::string id = run(test_.container("web"));
    EXPECT_EQ(exec(id, {"/tiny", "exit", "42"}).exit_code, 42);
    const ExecResult said = exec(id, {"/tiny", "say", "to out", "to error"});
    EXPECT_EQ(said.exit_code, 0);
    EXPECT_EQ(said.output, "to out");
    EXPECT_EQ(said.error_output, "to error");
}

TEST_P(EngineStorageContract, ExecNeedsARunningContainer) {
    const std::string id = create(test_.container("web"));
    EXPECT_EQ(
        outcome(engine_.exec(id, {.command = {"/tiny", "exit", "0"}}, call_)), "refused: conflict"
    );
}

TEST_P(EngineStorageContract, LogsKeepTheStreamsApart) {
    ContainerSpec spec = test_.container("web");
    spec.command = {"say", "one line\n", "another line\n"};
    const std::string id = create(spec);
    std::string out;
    std::string error;
    const LogSink sink = [&](StreamKind kind, std::string_view bytes) {
        (kind == StreamKind::out ? out : error).append(bytes);
    };
    EXPECT_EQ(outcome(engine_.logs(id, {}, sink, call_)), "unchanged");
    EXPECT_EQ(out + error, "");
    ASSERT_TRUE(engine_.start_container(id, call_));
    EXPECT_TRUE(test_.eventually([&] {
        out.clear();
        error.clear();
        return engine_.logs(id, {}, sink, call_) && !out.empty() && !error.empty();
    }));
    EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
    EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 1);
    EXPECT_EQ(outcome(engine_.logs(test_.name("gone"), {}, sink, call_)), "refused: not_found");
}

/// Pulls, and gives the outcome and the digest that the engine tells on the way.
std::pair<std::string, std::string> pull(Engine& engine, const std::string& reference) {
    static constexpr std::string_view before_digest = "Digest: ";
    std::string digest;
    int steps = 0;
    const ProgressSink sink = [&](const Progress& progress) {
        ++steps;
        if (progress.status.starts_with(before_digest))
            digest = progress.status.substr(before_digest.size());
    };
    const Result<Effect> pulled = engine.pull_image(reference, sink, {});
    EXPECT_EQ(steps > 0, pulled.has_value()) << steps;
    return {outcome(pulled), digest};
}

class EnginePullContract : public EngineContract {
protected:
    void SetUp() override {
        const auto offered = test_.offered_image();
        if (!offered) GTEST_SKIP() << "VECTIS_TEST_IMAGE names no image that can be pulled";
        reference_ = *offered;
        name_ = parse_reference(reference_).name;
    }

    std::string reference_;
    std::string name_;
};

TEST_P(EnginePullContract, APullBringsTheImageOnceAndTellsItsProgress) {
    ASSERT_FALSE(engine_.inspect_image(reference_, call_));
    const auto [outcome, digest] = pull(engine_, reference_);
    EXPECT_EQ(outcome, "changed");
    EXPECT_TRUE(digest.starts_with("sha256:")) << digest;
    const auto image = engine_.inspect_image(reference_, call_);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->tags, std::vector{reference_});
    EXPECT_EQ(pull(engine_, reference_), std::pair(std::string("unchanged"), digest));
    EXPECT_EQ(engine_.inspect_image(reference_, call_), image);
}

TEST_P(EnginePullContract, AnImageCanBePulledByItsDigest) {
    const std::string digest = pull(engine_, reference_).second;
    const std::string id = engine_.inspect_image(reference_, call_).value().id;
    ASSERT_TRUE(engine_.remove_image(id, call_));
    const std::string by_digest = name_ + '@' + digest;
    EXPECT_FALSE(engine_.inspect_image(by_digest, call_));
    EXPECT_EQ(pull(engine_, by_digest).first, "changed");
    EXPECT_EQ(engine_.inspect_image(by_digest, call_).value().id, id);
    EXPECT_FALSE(engine_.inspect_image(reference_, call_));
    EXPECT_EQ(pull(engine_, by_digest).first, "unchanged");
}

TEST_P(EnginePullContract, WhatTheRegistryDoesNotHaveIsRefused) {
    const std::string nothing = "@sha256:" + std::string(64, '0');
    for (const std::string& unknown : {name_ + ":unknown", name_ + nothing}) {
        EXPECT_EQ(pull(engine_, unknown).first, "refused: not_found") << unknown;
        EXPECT_FALSE(engine_.inspect_image(unknown, call_));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Engines, EnginePullContract, testing::ValuesIn(engines_under_test()), test_suffix
);

TEST_P(EngineStorageContract, PullingAnUnreachableImageIsRefused) {
    const auto pulled = engine_.pull_image("127.0.0.1:9/vectis-test/unknown:1", {}, call_);
    EXPECT_FALSE(pulled);
}

TEST_P(EngineStorageContract, ABuiltImageHasItsTagAndLabelsAndTheSameContextGivesTheSameId) {
    const std::string context = make_tar(
        {{.path = "Dockerfile", .content = "FROM scratch\nCOPY file /file\n"},
         {.path = "file", .content = "x"}}
    );
    const BuildSpec spec{
        .context = context, .tag = test_.name("image") + ":1", .labels = test_.labels()
    };
    const auto first = engine_.build_image(spec, {}, call_);
    ASSERT_TRUE(first) << first.error().message();
    const Image shown = engine_.inspect_image(spec.tag, call_).value();
    EXPECT_EQ(shown.id, *first);
    EXPECT_EQ(shown.tags, std::vector{spec.tag});
    EXPECT_EQ(shown.labels, spec.labels);
    EXPECT_EQ(engine_.list_images(test_.labels(), call_).size(), 1U);
    EXPECT_EQ(engine_.build_image(spec, {}, call_).value(), *first);
    EXPECT_EQ(outcome(engine_.remove_image(spec.tag, call_)), "changed");
    EXPECT_EQ(outcome(engine_.remove_image(spec.tag, call_)), "unchanged");
}

TEST_P(EngineStorageContract, ABuildThatCannotWorkIsRefused) {
    BuildSpec spec{
        .context = make_tar({{.path = "file", .content = "x"}}), .tag = test_.name("image") + ":1"
    };
    EXPECT_FALSE(engine_.build_image(spec, {}, call_));
    spec.context =
        make_tar({{.path = "Dockerfile", .content = "FROM 127.0.0.1:9/vectis-test/unknown:1\n"}});
    EXPECT_FALSE(engine_.build_image(spec, {}, call_));
    EXPECT_FALSE(engine_.inspect_image(spec.tag, call_));
}

TEST_P(EngineStorageContract, AnImageInUseStays) {
    const ContainerSpec spec = test_.container("web");
    create(spec);
    EXPECT_EQ(outcome(engine_.remove_image(spec.image, call_)), "refused: conflict");
}

INSTANTIATE_TEST_SUITE_P(
    Engines, EngineStorageContract, testing::ValuesIn(engines_under_test()), test_suffix
);

TEST(UnreachableEngine, IsAnErrorThatSaysThatNothingWasSent) {
    HttpEngine real({.socket = "/nonexistent/docker.sock"});
    ModelEngine model([] { return Time{}; });
    model.set_reachable(false);
    for (Engine* engine : std::initializer_list<Engine*>{&real, &model}) {
        try {
            engine->list_containers({}, {});
            ADD_FAILURE() << "it answered";
        } catch (const EngineError& error) {
            EXPECT_EQ(error.outcome(), EngineError::Outcome::not_sent);
        }
    }
}

}  // namespace
}  // namespace vectis::docker
