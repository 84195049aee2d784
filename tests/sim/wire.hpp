#pragma once

#include "controller/sim_clock.hpp"
#include "controller/store.hpp"
#include "tests/sim/effect.hpp"

#include <string>
#include <utility>

namespace vectis::sim {

/// Where every part of a machine asks before it changes, and what does not work for a while.
struct Wire {
    const controller::SimClock& clock;
    EffectHook hook{};
    controller::Time deaf_until{};    ///< the engine's events are lost
    controller::Time full_until{};    ///< the disk has no room left
    controller::Time silent_until{};  ///< Postgres answers nothing

    Verdict ask(const Effect& effect) const { return hook ? hook(effect) : Verdict{}; }
    bool is_deaf() const { return clock.now() < deaf_until; }
    bool is_full() const { return clock.now() < full_until; }

    void require_room(const std::string& name) const {
        if (is_full()) throw controller::StoreError("write " + name + ": no space left on device");
    }
    void require_postgres() const {
        if (clock.now() < silent_until) throw controller::StoreError("Postgres does not answer");
    }
    /// A change in Postgres, which may happen without an answer.
    template <class Act>
    auto change_postgres(const Effect& effect, Act act) const {
        const docker::Fault fault = ask(effect).fault;
        const std::string silence = std::string(effect.verb) + ": the connection broke";
        require_postgres();
        if (fault.kind == docker::Fault::Kind::not_sent) throw controller::StoreError(silence);
        if (fault.kind == docker::Fault::Kind::unknown_after) {
            act();
            throw controller::StoreError(silence);
        }
        return act();
    }
};

}  // namespace vectis::sim
