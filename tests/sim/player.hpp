#pragma once

#include "tests/sim/fault.hpp"
#include "tests/sim/forks.hpp"
#include "tests/sim/log_tap.hpp"
#include "tests/sim/oracle.hpp"
#include "tests/sim/workload.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::sim {

/// One run of the simulation, and the key that repeats it: "deploy/7/17:crash_before,3:late".
struct Case {
    const Workload* workload = nullptr;
    std::uint64_t seed = 7;
    std::vector<FaultPoint> faults{};
};
std::string to_text(const Case& played);
std::optional<Case> parse_case(std::string_view key);

/// Plays a workload on a machine with others' objects beside ours, controllers being started anew
/// as often as they are lost.
class Player {
public:
    explicit Player(const Case& played);

    /// Branches at every effect with every fault that can happen there, one case in `share`; the
    /// branches report to `forks`, and this run goes on without a fault. `wanted` is the outcome
    /// that all have to have. Returns what is wrong with the run without faults.
    std::string explore(Forks& forks, const std::string& wanted, int share);
    /// With the faults of the case. Returns what is wrong with the end; empty if it has `wanted`.
    std::string play(const std::string& wanted);
    /// Without a fault. Returns the outcome.
    std::string reference();

    Machine& machine() { return machine_; }
    /// Differs if anything went another way: a hash of all actions, of the events and the time.
    std::string fingerprint();

private:
    Verdict meet(const Effect& effect);
    Verdict branch_at(const Effect& effect);
    Verdict suffer(const Effect& effect, FaultKind kind);
    void live();
    bool try_to_act(Life& life);
    void look_for_lost_writes(Life& life);
    void run_programs();
    bool is_as_wanted(controller::Store& store);
    std::string judge(const std::string& wanted);
    void check_invariants();

    Case case_;
    Machine machine_;
    std::deque<FaultPoint> due_;
    int step_ = 0;  ///< since the last fault
    bool crash_next_ = false;
    controller::Duration away_{};  ///< after the next loss
    int late_in_ = 0;
    bool is_inside_ = false;
    Forks* forks_ = nullptr;  ///< while exploring
    int share_ = 1;
    int turn_ = 0;
    std::string broken_{};  ///< the first invariant that did not hold
    std::string wanted_{};
    LogTap log_{};
    Others others_{};  ///< as they were at the beginning
};

}  // namespace vectis::sim
