#pragma once

#include "docker-client/model/model_engine.hpp"
#include "reconcilers/core/prober.hpp"

namespace vectis::reconcilers {

/// Asks the model engine whether a container's program would answer.
class ModelProber final : public Prober {
public:
    explicit ModelProber(docker::ModelEngine& engine) : engine_(engine) {}

    ProbeResult probe(const ProbeTarget& target, std::stop_token) override {
        if (engine_.is_serving(target.container)) return {true, "it answers"};
        return {false, "it does not answer"};
    }

private:
    docker::ModelEngine& engine_;
};

}  // namespace vectis::reconcilers
