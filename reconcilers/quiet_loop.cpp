#include "reconcilers/quiet_loop.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace vectis::reconcilers {

using controller::Time;

bool QuietLoop::step(Time until) {
    for (const docker::Event& event : parts_.engine.take_events()) parts_.assembly.hear(event);
    if (parts_.controller.step({})) return true;
    if (parts_.assembly.probes().step({})) return true;
    const std::optional<Time> next = next_time();
    if (!next || *next > until) return false;
    parts_.clock.advance_to(std::max(*next, parts_.clock.now() + controller::Duration(1)));
    return true;
}

std::optional<Time> QuietLoop::next_time() const {
    std::optional<Time> next = parts_.controller.next_due();
    const auto consider = [&](std::optional<Time> time) {
        if (time && (!next || *time < *next)) next = time;
    };
    consider(parts_.assembly.probes().next_due());
    if (const std::optional<docker::Time> change = parts_.engine.next_change())
        consider(std::chrono::ceil<controller::Duration>(*change));
    return next;
}

}  // namespace vectis::reconcilers
