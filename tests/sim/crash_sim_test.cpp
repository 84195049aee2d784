#include "tests/sim/player.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
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

constexpr int cases_of_each_min = 40;
constexpr std::uint64_t first_seed = 7;
constexpr std::uint64_t second_seed = 1009;

/// The second seed is there for what depends on chance, and not on where it breaks: a part will do.
int share_of(const Workload& workload, std::uint64_t seed) {
    return share() * workload.share * (seed == first_seed ? 1 : 16);
}

unsigned branches_at_once() {
    return std::max(2U, std::thread::hardware_concurrency());
}

/// That a change of the loop does not quietly leave cases out.
class Coverage : public testing::Environment {
public:
    static constexpr int cases_min = 5000;

    void add(int cases) { cases_ += cases; }
    void TearDown() override {
        std::printf("%d cases in all\n", cases_);
        const bool is_whole = share() == 1 && GTEST_FLAG_GET(filter) == "*";
        if (is_whole) {
            EXPECT_GE(cases_, cases_min);
        }
    }

private:
    int cases_ = 0;
};

auto* const coverage =
    static_cast<Coverage*>(testing::AddGlobalTestEnvironment(new Coverage));  // gtest owns it

class Simulation : public testing::TestWithParam<std::tuple<std::size_t, std::uint64_t>> {};

void expect_none(const std::vector<std::string>& failures) {
    constexpr std::size_t shown_max = 3;
    for (std::size_t i = 0; i < std::min(shown_max, failures.size()); ++i)
        ADD_FAILURE() << "replay with VECTIS_SIM_REPLAY=" << failures[i];
    EXPECT_EQ(failures.size(), 0U);
    if (std::getenv("VECTIS_SIM_KEYS") == nullptr) return;
    for (const std::string& failure : failures)
        std::printf("%s\n", failure.substr(0, failure.find('\n')).c_str());
}

/// A key that a branch had leads there again, from the beginning and alone.
void expect_repeatable(
    const std::map<std::string, std::string>& reports, const std::string& wanted
) {
    constexpr std::size_t sample = 4;
    Forks forks(branches_at_once());
    const std::size_t stride = std::max<std::size_t>(1, reports.size() / sample);
    std::size_t turn = 0;
    for (const auto& [key, report] : reports) {
        if (turn++ % stride != stride / 2 || !forks.branch(key)) continue;
        Player player(*parse_case(key));
        std::string verdict = player.play(wanted);
        if (verdict.empty() && player.fingerprint() != report) verdict = "went another way";
        forks.finish(verdict, {});
    }
    forks.wait();
    EXPECT_EQ(forks.count() > 0, !reports.empty());
    expect_none(forks.failures());
}

TEST_P(Simulation, EndsInTheDeclaredStateWhateverFails) {
    const auto& [index, seed] = GetParam();
    const Workload& workload = workloads()[index];
    const std::string wanted = reference_of(workload, seed);
    Forks forks(branches_at_once());
    const auto start = std::chrono::steady_clock::now();
    {
        Player player({.workload = &workload, .seed = seed});
        EXPECT_EQ(player.explore(forks, wanted, share_of(workload, seed)), "");
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::printf(
        "%s, seed %u: %d cases in %.1f s\n",
        workload.name,
        static_cast<unsigned>(seed),
        forks.count(),
        took.count()
    );
    RecordProperty("cases", forks.count());
    coverage->add(forks.count());
    EXPECT_GE(forks.count(), cases_of_each_min / share_of(workload, seed));
    expect_none(forks.failures());
    expect_repeatable(forks.reports(), wanted);
}

INSTANTIATE_TEST_SUITE_P(
    Workloads,
    Simulation,
    testing::Combine(
        testing::Range<std::size_t>(0, workloads().size()), testing::Values(first_seed, second_seed)
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

/// Without the line of the Platform itself, which is as it was declared.
std::string without_platform(const std::string& outcome) {
    std::string out;
    std::istringstream lines(outcome);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("Platform/")) out += line + '\n';
    }
    return out;
}

/// What failed in the last wave is taken back in the first one, too.
TEST(Reference, GoesBackAsAWhole) {
    EXPECT_EQ(
        without_platform(reference_of(*find_workload("two-components"), 3)),
        without_platform(reference_of(*find_workload("bad-image"), 3))
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

TEST(Reference, GivesAContainerItsLiveFilesBackWhenAChangeFailed) {
    Machine machine(3);
    const Workload& workload = *find_workload("bad-image-with-live-file");
    prepare(machine, workload);
    const auto settings = [&] {
        const docker::StoredEntries files = machine.engine.read_volume("sim-alone-live").value();
        return files.at(files.at("current").content + "/settings").content;
    };
    ASSERT_EQ(settings(), "old");
    Life life(machine);
    act(life, workload);
    life.run(std::chrono::seconds(30));
    EXPECT_EQ(settings(), "new") << "while it is tried";
    life.run(std::chrono::minutes(3));
    EXPECT_EQ(settings(), "old");
}

TEST(Reference, SaysThatNamesAreTaken) {
    const std::string deployed = reference_of(*find_workload("names-taken"), 3);
    for (const char* object : {"Network/mail", "Volume/postfix-queue"})
        EXPECT_NE(deployed.find(std::string(object) + " stalled NameConflict"), std::string::npos)
            << deployed;
}

TEST(Oracle, SeesDataThatIsLost) {
    Machine machine(3);
    const Workload& workload = *find_workload("image");
    prepare(machine, workload);
    ASSERT_EQ(lost_data(machine, workload), "");
    machine.canaries.emplace("sim-archive", "a mark");
    EXPECT_EQ(lost_data(machine, workload), "data volume sim-archive is gone\n");
    (void)machine.engine.create_volume(
        {"sim-archive", {{reconcilers::label::mark, "another mark"}}}, {}
    );
    EXPECT_EQ(lost_data(machine, workload), "data volume sim-archive was made anew\n");
    machine.canaries["sim-archive"] = "another mark";
    EXPECT_EQ(lost_data(machine, workload), "what was in data volume sim-archive is gone\n");
}

TEST(Oracle, SeesWhatIsLeftOverAndWhatLeaks) {
    Machine machine(3);
    prepare(machine, *find_workload("image"));
    Life life(machine);
    EXPECT_NE(left_over(machine, life.store()).find("sim-postfix-1"), std::string::npos);
    ASSERT_EQ(leaked_secrets(machine, life.store(), ""), "");
    ASSERT_FALSE(machine.secrets.confidential().empty());
    const std::string secret = *machine.secrets.confidential().begin();
    EXPECT_NE(leaked_secrets(machine, life.store(), "it is " + secret), "");
}

}  // namespace
}  // namespace vectis::sim
