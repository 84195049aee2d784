#pragma once

#include "controller/clock.hpp"
#include "controller/metrics.hpp"
#include "controller/random.hpp"
#include "docker-client/engine.hpp"
#include "reconcilers/assembly.hpp"

#include <chrono>
#include <cstddef>
#include <stop_token>

namespace vectis::reconcilers {

/// Events can be lost without notice: what the engine's lists show is looked at once in this time,
constexpr controller::Duration look_interval = std::chrono::seconds(15);
/// and with it an equal share of the containers is inspected, so that in so many looks each was.
constexpr std::size_t look_shares = 4;

/// Reads the engine's events for ever, each on arrival, and looks at the engine every
/// `look_interval`. The reading thread only enqueues.
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
    /// One look.
    void look(std::stop_token stop);

private:
    Parts parts_;
};

}  // namespace vectis::reconcilers
