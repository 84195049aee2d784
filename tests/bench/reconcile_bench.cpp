#include "reconcilers/model_planner.hpp"
#include "resources/condition.hpp"
#include "tests/sim/life.hpp"

#include <benchmark/benchmark.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace vectis {
namespace {

constexpr int workloads = 490;
constexpr int networks = 10;

resources::Object object(const char* kind, const std::string& name, boost::json::object spec) {
    resources::Object out{.api_version = "platform.vectis.dev/v1", .kind = kind};
    out.metadata.name = name;
    out.spec = std::move(spec);
    return out;
}

resources::Object workload(int number, int memory_mib) {
    return object(
        "Workload",
        "w" + std::to_string(number),
        {{"image", {{"reference", "example/tiny:1"}}},
         {"networks",
          boost::json::array{
              boost::json::object{{"network", "n" + std::to_string(number % networks)}}
          }},
         {"limits", {{"memoryMiB", memory_mib}}}}
    );
}

std::vector<resources::Object> all_objects() {
    std::vector<resources::Object> all;
    for (int i = 0; i < networks; ++i)
        all.push_back(object("Network", "n" + std::to_string(i), {}));
    for (int i = 0; i < workloads; ++i) all.push_back(workload(i, 64));
    return all;
}

/// A model engine with the image, and on it a platform of 500 objects, converged, or nothing.
struct Platform {
    sim::Machine machine{1};
    std::unique_ptr<sim::Life> life;

    explicit Platform(bool is_deployed) {
        machine.engine.add_image("example/tiny:1");
        life = std::make_unique<sim::Life>(machine);
        if (is_deployed) deploy();
    }

    void deploy() {
        for (const resources::Object& one : all_objects()) require(life->store().create(one));
        life->run(std::chrono::seconds(30));
        for (const resources::Object& one : life->store().list({}).items) {
            if (!resources::is_true_for(one.status, "Ready", one.metadata.generation))
                throw std::logic_error(resources::to_text(resources::key_of(one)) + " not Ready");
        }
    }

    static void require(const controller::StoreResult<resources::Object>& result) {
        if (!result) throw std::logic_error(result.error().message());
    }
};

/// Every one of 500 objects is looked at, and nothing has to be done.
void reconcile_500_unchanged_objects(benchmark::State& state) {
    Platform platform(true);
    for (auto _ : state) {
        platform.life->resync();
        platform.life->run(controller::Duration(0));
    }
    state.SetItemsProcessed(state.iterations() * (workloads + networks));
}
BENCHMARK(reconcile_500_unchanged_objects)->Unit(benchmark::kMillisecond);

/// `vectis plan` of a change to one of 500 objects, or of all of them where nothing runs yet.
void plan_500_objects(benchmark::State& state, bool is_deployed) {
    Platform platform(is_deployed);
    const controller::DesiredChange change{
        .apply = is_deployed ? std::vector{workload(7, 80)} : all_objects()
    };
    std::size_t actions = 0;
    for (auto _ : state) {
        reconcilers::ModelPlanner planner(
            platform.life->seams(), platform.life->pki(), platform.life->directory()
        );
        actions = planner.plan(change).actions.size();
    }
    if (actions == 0) throw std::logic_error("the plan is empty");
    state.counters["actions"] = static_cast<double>(actions);
}
BENCHMARK_CAPTURE(plan_500_objects, change_of_one, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plan_500_objects, from_nothing, false)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vectis
