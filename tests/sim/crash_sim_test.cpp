#include "tests/sim/player.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <tuple>

/// The whole controller on simulated time. Every workload is run once, and at each effect on
/// engine, disk, secrets and database it branches with every fault that can happen there: the
/// controller lost before or after it, a torn record, a failed or unanswered call, a late one, a
/// stale list, lost events. VECTIS_SIM_SHARE=10 takes one case in ten; VECTIS_SIM_REPLAY=KEY plays
/// one case and prints its trace.
namespace vectis::sim {
namespace {

int share() {
    const char* text = std::getenv("VECTIS_SIM_SHARE");
    return text == nullptr ? 1 : std::max(1, std::atoi(text));
}

/// What a run without faults leaves.
std::string reference_of(const Workload& workload, std::uint64_t seed) {
    Player player({.workload = &workload, .seed = seed});
    return player.reference();
}

class Simulation : public testing::TestWithParam<std::tuple<std::size_t, std::uint64_t>> {};

TEST_P(Simulation, EndsInTheDeclaredStateWhateverFails) {
    const auto& [index, seed] = GetParam();
    const Workload& workload = workloads()[index];
    const std::string wanted = reference_of(workload, seed);
    ASSERT_NE(wanted.find("sim-foreign"), std::string::npos) << wanted;
    Forks forks(std::max(2U, std::thread::hardware_concurrency()));
    const auto start = std::chrono::steady_clock::now();
    Player player({.workload = &workload, .seed = seed});
    player.explore(forks, wanted, share());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::printf(
        "%s, seed %u: %d cases in %.1f s\n",
        workload.name,
        static_cast<unsigned>(seed),
        forks.count(),
        took.count()
    );
    RecordProperty("cases", forks.count());
    EXPECT_GT(forks.count(), 90 / share());
    int shown = 0;
    for (const std::string& failure : forks.failures()) {
        if (++shown > 3) break;
        ADD_FAILURE() << "replay with VECTIS_SIM_REPLAY=" << failure;
    }
    EXPECT_EQ(forks.failures().size(), 0U);
    if (std::getenv("VECTIS_SIM_KEYS") != nullptr) {
        for (const std::string& failure : forks.failures())
            std::printf("%s\n", failure.substr(0, failure.find('\n')).c_str());
    }
}

INSTANTIATE_TEST_SUITE_P(
    Workloads,
    Simulation,
    testing::Combine(
        testing::Range<std::size_t>(0, workloads().size()), testing::Values(7U, 1009U)
    ),
    [](const auto& row) {
        std::string name = workloads()[std::get<0>(row.param)].name;
        std::erase(name, '-');
        return name + '_' + std::to_string(std::get<1>(row.param));
    }
);

std::string trace_of(const Case& played, const std::string& wanted) {
    Player player(played);
    const std::string verdict = player.play(wanted);
    return verdict.empty() ? player.machine().trace : verdict;
}

TEST(Replay, RepeatsACaseByteForByte) {
    const std::optional<Case> played = parse_case("deploy/11/60:crash_after,9:crash_before");
    ASSERT_TRUE(played);
    EXPECT_EQ(to_text(*played), "deploy/11/60:crash_after,9:crash_before");
    const std::string wanted = reference_of(*played->workload, played->seed);
    const std::string trace = trace_of(*played, wanted);
    EXPECT_FALSE(trace.empty());
    EXPECT_EQ(trace_of(*played, wanted), trace);
}

TEST(Replay, PlaysTheGivenCase) {
    const char* key = std::getenv("VECTIS_SIM_REPLAY");
    if (key == nullptr) GTEST_SKIP() << "VECTIS_SIM_REPLAY names no case";
    const std::optional<Case> played = parse_case(key);
    ASSERT_TRUE(played) << "not a case: " << key;
    const std::string wanted = reference_of(*played->workload, played->seed);
    Player player(*played);
    const std::string verdict = player.play(wanted);
    std::printf("%s", player.machine().trace.c_str());
    EXPECT_EQ(verdict, "");
}

/// What failed in the last wave is taken back in the first one, too.
TEST(Reference, GoesBackAsAWhole) {
    EXPECT_EQ(
        reference_of(*find_workload("two-components"), 3),
        reference_of(*find_workload("bad-image"), 3)
    );
}

TEST(Reference, ShowsWhatAChangeChanged) {
    const std::string before = reference_of(*find_workload("deploy"), 3);
    for (const char* name : {"image", "configuration", "live-file", "subnet"})
        EXPECT_NE(reference_of(*find_workload(name), 3), before) << name;
}

TEST(Reference, DeploysEveryComponent) {
    const std::string result = reference_of(*find_workload("deploy"), 3);
    for (const char* component : {"postgres", "valkey", "rspamd", "dovecot", "postfix"}) {
        EXPECT_NE(result.find(std::string("Workload/") + component + " ready"), std::string::npos)
            << result;
    }
    EXPECT_NE(result.find("Mailbox/example.test/alice ready"), std::string::npos) << result;
}

}  // namespace
}  // namespace vectis::sim
