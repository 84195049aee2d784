#pragma once

#include "docker-client/model/model_engine.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vectis::sim {

/// Something that outlives the controller and is about to change, or a list of it that is asked
/// for.
struct Effect {
    enum class Place { engine, disk, secrets, database, mail, list };
    Place place = Place::engine;
    std::string_view verb{};
    std::string_view target{};
    std::size_t size_bytes = 0;  ///< of what is written to the disk
};

/// What becomes of an effect instead of simply happening.
struct Verdict {
    docker::Fault fault{};  ///< for the engine; of Postgres' calls only "not sent" and "unknown"
    std::optional<std::size_t> torn_at{
    };  ///< for the disk: so many bytes are written, then the machine is lost
};

/// Asked before each effect. Throws controller::SimulatedCrash where the controller is lost.
using EffectHook = std::function<Verdict(const Effect&)>;

}  // namespace vectis::sim
