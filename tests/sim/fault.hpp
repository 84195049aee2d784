#pragma once

#include "tests/sim/effect.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::sim {

enum class FaultKind {
    crash_before,    ///< the controller is lost, the effect does not happen
    crash_after,     ///< the effect happens, the controller is lost before anything else
    away,            ///< as crash_after, and minutes pass until the next controller
    torn_first,      ///< the machine is lost with one byte of the record on the disk
    torn_half,       ///< … with half of it
    torn_last,       ///< … with all but its last byte
    refused,         ///< the engine says no
    not_sent,        ///< engine or Postgres cannot be reached
    unknown_before,  ///< no answer, and no effect
    unknown_after,   ///< no answer, but the effect
    late,            ///< no answer; the effect comes two effects later
    deaf,            ///< the engine's events are lost from here on for a while
    stale,           ///< a list as it was before the last write
    unanswered,      ///< a list fails
    silent,          ///< Postgres answers nothing for a while, from this call on
    full,            ///< the disk has no room for a while, from this write on
    full_lost,       ///< … and the controller is lost at once, and started again without room
};

/// A fault at the n-th effect since the last one, from 1.
struct FaultPoint {
    int step = 0;
    FaultKind kind{};

    friend bool operator==(const FaultPoint&, const FaultPoint&) = default;
};

/// Which faults can happen to an effect.
std::vector<FaultKind> faults_of(const Effect& effect);

/// "17:crash_before"
std::string to_text(const FaultPoint& point);
std::optional<FaultPoint> parse_fault(std::string_view text);

}  // namespace vectis::sim
