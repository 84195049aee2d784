#include "tests/contract/docker-client/engine_fixture.hpp"

#include "docker-client/http_engine.hpp"
#include "docker-client/tar.hpp"

#include <unistd.h>

#include <array>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <set>
#include <stdexcept>

namespace vectis::docker {
namespace {

constexpr const char* tiny_image = "vectis-test/tiny:1";

std::string next_prefix() {
    static int count = 0;
    return "vt" + std::to_string(::getpid()) + "-" + std::to_string(++count) + "-";
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The test image: one static program and the folders that tests mount on.
std::string tiny_root() {
    std::vector<TarEntry> entries;
    for (const char* folder : {"data", "more", "scratch", "dev", "proc", "sys", "etc", "tmp"}) {
        entries.push_back({.path = folder, .type = TarEntry::Type::folder, .mode = 0755});
    }
    entries.push_back({.path = "tiny", .content = read_file(VECTIS_TINY_PATH), .mode = 0755});
    return make_tar(entries);
}

void import_tiny(Engine& engine) {
    if (engine.inspect_image(tiny_image, {})) return;
    const auto path = std::filesystem::temp_directory_path() /
                      ("vectis-tiny-" + std::to_string(::getpid()) + ".tar");
    std::ofstream(path, std::ios::binary) << tiny_root();
    const auto imported = engine.import_image(path.string(), tiny_image, {});
    std::filesystem::remove(path);
    if (!imported) throw std::runtime_error("import the test image: " + imported.error().message());
}

/// What the tiny program does when the model is asked to exec it.
std::optional<ExecResult> run_tiny(
    ModelEngine& model, const Container& container, const ExecSpec& spec
) {
    const auto& words = spec.command;
    if (words.empty() || words[0] != "/tiny" || words.size() < 3) return std::nullopt;
    if (words[1] == "exit") return ExecResult{.exit_code = std::atoi(words[2].c_str())};
    if (words[1] == "say") return ExecResult{.output = words[2], .error_output = words.at(3)};
    if (words[1] != "cat") return std::nullopt;
    for (const Mount& mount : container.mounts) {
        if (mount.type != Mount::Type::volume || !words[2].starts_with(mount.target + "/"))
            continue;
        const auto entries = model.read_volume(mount.source);
        const auto entry = entries->find(words[2].substr(mount.target.size() + 1));
        if (entry != entries->end()) return ExecResult{.output = entry->second.content};
    }
    return ExecResult{.exit_code = 5};
}

bool is_model(const EngineName& name) {
    return name.starts_with("model-");
}

Location location_of(const EngineName& name) {
    static constexpr std::string_view scheme = "unix://";
    if (!name.starts_with(scheme))
        throw std::runtime_error("VECTIS_TEST_ENGINES: not a unix:// address: " + name);
    return {.socket = name.substr(scheme.size())};
}

}  // namespace

std::vector<EngineName> real_engines() {
    std::vector<EngineName> names;
    const char* listed = std::getenv("VECTIS_TEST_ENGINES");
    std::string_view rest = listed == nullptr ? "" : listed;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(';'), rest.size());
        if (end > 0) names.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(rest.size(), end + 1));
    }
    return names;
}

std::vector<EngineName> engines_under_test() {
    std::vector<EngineName> names = real_engines();
    names.insert(names.begin(), {"model-1.41", "model-1.45"});
    return names;
}

EngineUnderTest::EngineUnderTest(const EngineName& name) : prefix_(next_prefix()) {
    if (is_model(name)) {
        prepare_model(name);
    } else {
        prepare_real(name);
    }
}

void EngineUnderTest::prepare_model(const EngineName& name) {
    ModelOptions options{.api_version = name.substr(std::string_view("model-").size())};
    if (options.api_version == "1.41") options.engine_version = "20.10.24";
    constexpr Time start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
    auto model = std::make_unique<ModelEngine>([this, start] { return start + elapsed_; }, options);
    model_ = model.get();
    model->add_image(tiny_image);
    model->set_exec_handler([this](const Container& container, const ExecSpec& spec) {
        return run_tiny(*model_, container, spec);
    });
    engine_ = std::move(model);
}

void EngineUnderTest::prepare_real(const EngineName& name) {
    engine_ = std::make_unique<HttpEngine>(location_of(name));
    import_tiny(*engine_);
}

EngineUnderTest::~EngineUnderTest() {
    try {
        clean();
    } catch (const EngineError&) {
        // The engine under test is gone: the test has already failed on that.
    }
}

void EngineUnderTest::clean() {
    if (model_ != nullptr) {
        model_->set_interceptor({});
        model_->set_reachable(true);
    }
    for (const auto& row : engine_->list_containers({}, {})) {
        if (row.name.starts_with(prefix_)) static_cast<void>(engine_->remove_container(row.id, {}));
    }
    for (const auto& network : engine_->list_networks({}, {})) {
        if (network.name.starts_with(prefix_))
            static_cast<void>(engine_->remove_network(network.id, {}));
    }
    for (const auto& volume : engine_->list_volumes({}, {})) {
        if (volume.name.starts_with(prefix_))
            static_cast<void>(engine_->remove_volume(volume.name, {}));
    }
}

std::string EngineUnderTest::part(const std::string& name) const {
    return name.starts_with(prefix_) ? name.substr(prefix_.size()) : name;
}

ContainerSpec EngineUnderTest::container(const std::string& part) const {
    ContainerSpec spec;
    spec.name = name(part);
    spec.image = tiny_image;
    spec.entrypoint = {"/tiny"};
    spec.command = {"sleep"};
    spec.labels = labels();
    return spec;
}

ContainerSpec EngineUnderTest::exiting(const std::string& part, int exit_code, int seconds) const {
    ContainerSpec spec = container(part);
    spec.command = {"exit-after", std::to_string(exit_code), std::to_string(seconds)};
    if (model_ != nullptr) {
        // The model knows programs by their image, not by their arguments.
        spec.image =
            "vectis-test/tiny:exits-" + std::to_string(exit_code) + "-" + std::to_string(seconds);
        model_->add_image(spec.image);
        model_->set_behaviour(
            spec.image, {.exits_after = std::chrono::seconds(seconds), .exit_code = exit_code}
        );
    }
    return spec;
}

ContainerSpec EngineUnderTest::stubborn(const std::string& part) const {
    ContainerSpec spec = container(part);
    spec.command = {"stubborn"};
    if (model_ != nullptr) {
        spec.image = "vectis-test/tiny:stubborn";
        model_->add_image(spec.image);
        model_->set_behaviour(spec.image, {.ignores_stop = true});
    }
    return spec;
}

std::optional<std::string> EngineUnderTest::offered_image() {
    if (model_ != nullptr) {
        const std::string id = model_->offer_image("registry.test/pulled:1");
        model_->offer_image("registry.test/pulled@" + id, id);
        return "registry.test/pulled:1";
    }
    const char* offered = std::getenv("VECTIS_TEST_IMAGE");
    if (offered == nullptr) return std::nullopt;
    if (const auto image = engine_->inspect_image(offered, {})) {
        static_cast<void>(engine_->remove_image(image->id, {}));
    }
    return offered;
}

bool EngineUnderTest::eventually(const std::function<bool()>& condition) {
    constexpr std::chrono::milliseconds step(50);
    for (int round = 0; round < 200; ++round) {
        if (condition()) return true;
        if (model_ != nullptr) {
            elapsed_ += step;
            continue;
        }
        std::mutex mutex;
        std::condition_variable never;
        std::unique_lock lock(mutex);
        never.wait_for(lock, step, [] { return false; });
    }
    return false;
}

std::string outcome(const Result<Effect>& result) {
    if (result) return *result == Effect::changed ? "changed" : "unchanged";
    static constexpr std::array reasons{
        "not_found", "conflict", "invalid", "forbidden", "port_in_use", "no_space", "failed"
    };
    return std::string("refused: ") + reasons.at(static_cast<std::size_t>(result.error().reason()));
}

}  // namespace vectis::docker
