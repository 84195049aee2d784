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
};

}  // namespace

std::vector<FaultKind> faults_of(const Effect& effect) {
    using enum FaultKind;
    if (effect.place == Effect::Place::list) return {stale, unanswered};
    if (effect.place == Effect::Place::engine)
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
    if (effect.place == Effect::Place::disk && effect.size_bytes > 2)
        return {crash_before, crash_after, torn_first, torn_half, torn_last};
    return {crash_before, crash_after};
}

std::string to_text(const FaultPoint& point) {
    return std::to_string(point.step) + ':' + names[static_cast<int>(point.kind)];
}

std::optional<FaultPoint> parse_fault(std::string_view text) {
    const std::size_t colon = text.find(':');
    FaultPoint point;
    if (colon == std::string_view::npos ||
        std::from_chars(text.data(), text.data() + colon, point.step).ptr != text.data() + colon)
        return std::nullopt;
    for (std::size_t i = 0; i < std::size(names); ++i) {
        if (text.substr(colon + 1) != names[i]) continue;
        point.kind = static_cast<FaultKind>(i);
        return point;
    }
    return std::nullopt;
}

}  // namespace vectis::sim
