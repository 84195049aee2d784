#pragma once

#include "controller/clock.hpp"
#include "controller/metrics.hpp"
#include "controller/random.hpp"
#include "docker-client/engine.hpp"
#include "reconcilers/assembly.hpp"

#include <stop_token>

namespace vectis::reconcilers {

/// Reads the engine's events for ever, each on arrival, and takes a whole new look every 60 s,
/// since events can be lost without notice. The reading thread only enqueues.
class EngineWatch {
public:
    struct Parts {
        docker::Engine& engine;
        Assembly& assembly;
        controller::Controller& controller;
        controller::Clock& clock;
        controller::Random& random;
        controller::Metrics& metrics;
    };
    explicit EngineWatch(const Parts& parts);

    /// Both end when `stop` is set.
    void read_events(std::stop_token stop);
    void look_around(std::stop_token stop);
    /// One whole new look.
    void look(std::stop_token stop);

private:
    Parts parts_;
};

}  // namespace vectis::reconcilers
