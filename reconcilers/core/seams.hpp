#pragma once

#include "controller/clock.hpp"
#include "controller/events.hpp"
#include "controller/manifests.hpp"
#include "controller/metrics.hpp"
#include "controller/planning.hpp"
#include "controller/random.hpp"
#include "controller/secrets.hpp"
#include "controller/store.hpp"
#include "docker-client/engine.hpp"
#include "reconcilers/core/identity.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace vectis::reconcilers {

/// Told of every action just before it is performed. `vectis plan` and the tests compare these.
using Trace = std::function<void(const controller::PlannedAction&)>;

/// Everything outside that most reconcilers need. All borrowed; they outlive the reconcilers.
struct Seams {
    controller::Clock& clock;
    controller::Random& random;
    docker::Engine& engine;
    controller::Store& platform;
    controller::Store& mail;
    controller::Secrets& secrets;
    controller::EventRecorder& events;
    const controller::Manifests& manifests;
    Identity identity{};
    std::string installation_key{};  ///< names secret content without revealing it
    Trace trace{};
    /// Who of this host's processes listens on a port, for messages; may be empty.
    std::function<std::string(std::uint16_t)> listener_of{};
    controller::Metrics* metrics = nullptr;  ///< null: nobody counts
};

}  // namespace vectis::reconcilers
