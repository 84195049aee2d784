#pragma once

#include "docker-client/engine.hpp"
#include "docker-client/model/model_engine.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vectis::docker {

/// What a test runs on: "model-1.41", "model-1.45", or the address of a real engine.
using EngineName = std::string;

/// The models always, and the real engines of VECTIS_TEST_ENGINES ("unix:///a;unix:///b").
std::vector<EngineName> engines_under_test();
std::vector<EngineName> real_engines();

/// An engine with the test image, and names that no other test uses. What was made under these
/// names is removed at the end.
class EngineUnderTest {
public:
    explicit EngineUnderTest(const EngineName& name);
    ~EngineUnderTest();
    EngineUnderTest(const EngineUnderTest&) = delete;
    EngineUnderTest& operator=(const EngineUnderTest&) = delete;

    Engine& engine() { return *engine_; }
    /// Null on a real engine.
    ModelEngine* model() { return model_; }

    /// A name of this test's own.
    std::string name(const std::string& part) const { return prefix_ + part; }
    /// The part of a name that `name` was called with.
    std::string part(const std::string& name) const;
    /// What everything that the test makes should carry.
    Labels labels() const { return {{"vectis.test", prefix_}}; }
    /// A container that waits for SIGTERM.
    ContainerSpec container(const std::string& part) const;
    /// One whose program exits by itself after that time, at once by default.
    ContainerSpec exiting(const std::string& part, int exit_code, int seconds = 0) const;
    /// One that only SIGKILL ends.
    ContainerSpec stubborn(const std::string& part) const;

    /// An image that the engine does not have and a registry beside it does; nothing where there is
    /// no registry (VECTIS_TEST_IMAGE).
    std::optional<std::string> offered_image();

    /// Until the condition holds; false if it does not within ten seconds.
    bool eventually(const std::function<bool()>& condition);
    /// Removes what the test made.
    void clean();

private:
    void prepare_model(const EngineName& name);
    void prepare_real(const EngineName& name);

    std::string prefix_;
    std::chrono::nanoseconds elapsed_{0};
    std::unique_ptr<Engine> engine_;
    ModelEngine* model_ = nullptr;
};

/// "changed", "unchanged", "ok", or "refused: <reason>".
std::string outcome(const Result<Effect>& result);
template <class T>
std::string outcome(const Result<T>& result) {
    return result ? "ok" : outcome(Result<Effect>(result.error()));
}

}  // namespace vectis::docker
