#pragma once

#include "controller/controller.hpp"
#include "controller/sim_clock.hpp"
#include "docker-client/model/model_engine.hpp"
#include "reconcilers/assembly.hpp"

namespace vectis::reconcilers {

/// A whole controller in one thread on simulated time: what is due is done, else the clock moves to
/// what is due next.
class QuietLoop {
public:
    struct Parts {
        controller::SimClock& clock;
        docker::ModelEngine& engine;
        controller::Controller& controller;
        Assembly& assembly;
    };
    explicit QuietLoop(const Parts& parts) : parts_(parts) {}

    /// Does one thing. False if nothing is left to do before `until`.
    bool step(controller::Time until);

private:
    std::optional<controller::Time> next_time() const;

    Parts parts_;
};

}  // namespace vectis::reconcilers
