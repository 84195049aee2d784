#include "reconcilers/engine_watch.hpp"

#include "controller/log.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

namespace vectis::reconcilers {
namespace {

using controller::Duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration reconnect_first = milliseconds(100);
constexpr Duration reconnect_max = seconds(10);

}  // namespace

EngineWatch::EngineWatch(const Parts& parts) : parts_(parts) {
    parts_.metrics.describe(
        "events_lost_total", "counter", "Changes on the engine that no event announced."
    );
    parts_.metrics.add("events_lost_total", {}, 0);
    parts_.metrics.describe_histogram(
        "engine_look_seconds",
        "Time of a look at what is on the engine.",
        {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}
    );
    parts_.metrics.begin_histogram("engine_look_seconds", {});
}

void EngineWatch::read_events(std::stop_token stop) {
    std::optional<docker::Time> last;
    Duration delay = reconnect_first;
    while (!stop.stop_requested()) {
        try {
            // A little before the last one: an event twice does no harm, one too few does.
            const std::optional<docker::Time> since =
                last ? std::optional(*last - seconds(5)) : std::nullopt;
            parts_.engine.events(
                since,
                [&](const docker::Event& event) {
                    last = event.time;
                    delay = reconnect_first;
                    parts_.assembly.hear(event);
                },
                {.stop = stop}
            );
        } catch (const std::exception& error) {
            if (stop.stop_requested()) return;
            controller::log::warn("the engine's events broke off", {{"error", error.what()}});
        }
        parts_.clock.sleep(delay, stop);
        delay = std::min(delay * 2, reconnect_max);
        parts_.assembly.world().hear("");
        parts_.controller.resync(controller::Priority::normal);
    }
}

void EngineWatch::look_around(std::stop_token stop) {
    while (!stop.stop_requested()) {
        const auto jitter = static_cast<Duration::rep>(900 + parts_.random.below(201));
        parts_.clock.sleep(look_interval * jitter / 1000, stop);
        if (!stop.stop_requested()) look(stop);
    }
}

void EngineWatch::look(std::stop_token stop) {
    try {
        const controller::Time start = parts_.clock.now();
        const bool is_surprise = parts_.assembly.look(look_shares, stop);
        parts_.metrics.observe(
            "engine_look_seconds",
            {},
            std::chrono::duration<double>(parts_.clock.now() - start).count()
        );
        if (!is_surprise) return;
        parts_.metrics.add("events_lost_total", {});
        parts_.controller.resync(controller::Priority::normal);
    } catch (const std::exception& error) {
        controller::log::warn("the engine could not be looked at", {{"error", error.what()}});
    }
}

}  // namespace vectis::reconcilers
