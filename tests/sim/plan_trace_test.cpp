#include "reconcilers/model_planner.hpp"
#include "tests/sim/workload.hpp"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <string>
#include <vector>

/// What `vectis plan` prints is what is done: for each object the same actions in the same order.
namespace vectis::sim {
namespace {

using Sequences = std::map<std::string, std::vector<std::string>>;

/// Names of file volumes end with a hash of secrets that exist only later.
std::string masked(const std::string& text) {
    static const std::regex hash("-files-[0-9a-f]+");
    return std::regex_replace(text, hash, "-files-*");
}

Sequences by_object(const std::vector<controller::PlannedAction>& actions) {
    Sequences out;
    for (const controller::PlannedAction& action : actions)
        out[resources::to_text(action.object)].push_back(masked(action.text));
    return out;
}

class PlanTrace : public testing::TestWithParam<const char*> {};

TEST_P(PlanTrace, EqualsWhatIsExecutedObjectByObject) {
    const Workload& workload = *find_workload(GetParam());
    Machine machine(5);
    prepare(machine, workload);
    Life life(machine);
    const Sequences planned =
        by_object(reconcilers::ModelPlanner(life.seams(), life.pki()).plan(workload.change).actions
        );
    machine.actions.clear();
    act(life, workload);
    life.run(std::chrono::minutes(4));
    EXPECT_FALSE(planned.empty());
    EXPECT_EQ(planned, by_object(machine.actions));
}

INSTANTIATE_TEST_SUITE_P(
    Workloads,
    PlanTrace,
    testing::Values("deploy", "image", "configuration", "live-file", "delete"),
    [](const auto& row) {
        std::string name = row.param;
        std::erase(name, '-');
        return name;
    }
);

TEST(EmptyPlan, IsPrintedWhenNothingIsToBeDone) {
    Machine machine(5);
    prepare(machine, *find_workload("image"));
    Life life(machine);
    life.run(std::chrono::minutes(1));
    EXPECT_TRUE(
        by_object(reconcilers::ModelPlanner(life.seams(), life.pki()).plan({}).actions).empty()
    );
}

}  // namespace
}  // namespace vectis::sim
