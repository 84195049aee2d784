#include "tests/sim/player.hpp"

#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>

namespace vectis {
namespace {

/// A first deployment during which the controller is lost twice.
void simulated_case(benchmark::State& state) {
    const std::optional<sim::Case> played =
        sim::parse_case("deploy/11/60:crash_after,9:crash_before");
    sim::Player reference({.workload = played->workload, .seed = played->seed});
    const std::string wanted = reference.reference();
    for (auto _ : state) {
        sim::Player player(*played);
        if (const std::string verdict = player.play(wanted); !verdict.empty())
            throw std::logic_error(verdict);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(simulated_case)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vectis
