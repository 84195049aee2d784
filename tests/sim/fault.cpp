#include "tests/sim/fault.hpp"

#include <charconv>
#include <iterator>

namespace vectis::sim {
namespace {

constexpr const char* names[] = {
    "crash_before",
    "crash_after",
    "away",
    "torn_first",
    "torn_half",
    "torn_last",
    "refused",
    "not_sent",
    "unknown_before",
    "unknown_after",
    "late",
    "deaf",
    "stale",
    "unanswered",
    "silent",
    "full",
    "full_lost",
};

}  // namespace

std::vector<FaultKind> faults_of(const Effect& effect) {
    using enum FaultKind;
    switch (effect.place) {
        case Effect::Place::list:
            return {stale, unanswered};
        case Effect::Place::engine:
            return {
                crash_before,
                crash_after,
                away,
                refused,
                not_sent,
                unknown_before,
                unknown_after,
                late,
                deaf,
            };
        case Effect::Place::disk:
            if (effect.size_bytes <= 2) return {crash_before, crash_after, full, full_lost};
            return {crash_before, crash_after, torn_first, torn_half, torn_last, full, full_lost};
        case Effect::Place::secrets:
            return {crash_before, crash_after, full, full_lost};
        case Effect::Place::database:
        case Effect::Place::mail:
            return {crash_before, crash_after, not_sent, unknown_after, silent};
    }
    return {};
}

std::string to_text(const FaultPoint& point) {
    return std::to_string(point.step) + ':' + names[static_cast<int>(point.kind)];
}

std::optional<FaultPoint> parse_fault(std::string_view text) {
    const std::size_t colon = text.find(':');
    FaultPoint point;
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view step = text.substr(0, colon);
    const char* const end = step.data() + step.size();
    if (std::from_chars(step.data(), step.data() + step.size(), point.step).ptr != end)
        return std::nullopt;
    for (std::size_t i = 0; i < std::size(names); ++i) {
        if (text.substr(colon + 1) != names[i]) continue;
        point.kind = static_cast<FaultKind>(i);
        return point;
    }
    return std::nullopt;
}

}  // namespace vectis::sim
