#pragma once

#include "tests/sim/fault.hpp"
#include "tests/sim/forks.hpp"
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
    /// that all have to have.
    void explore(Forks& forks, const std::string& wanted, int share);
    /// With the faults of the case. Returns what is wrong with the end; empty if it has `wanted`.
    std::string play(const std::string& wanted);
    /// Without a fault. Returns the outcome.
    std::string reference();

    Machine& machine() { return machine_; }
    int steps() const { return steps_; }

private:
    Verdict meet(const Effect& effect);
    Verdict branch_at(const Effect& effect);
    Verdict suffer(const Effect& effect, FaultKind kind);
    void live();
    bool is_as_wanted(controller::Store& store);
    std::string judge(const std::string& wanted);
    void check_invariants();

    Case case_;
    Machine machine_;
    std::deque<FaultPoint> due_;
    int step_ = 0;   ///< since the last fault
    int steps_ = 0;  ///< in all
    int writes_ = 0;
    bool crash_next_ = false;
    controller::Duration away_{};  ///< after the next loss
    int late_in_ = 0;
    bool is_inside_ = false;
    Forks* forks_ = nullptr;  ///< while exploring
    int share_ = 1;
    int turn_ = 0;
    std::string broken_{};  ///< the first invariant that did not hold
    std::string wanted_{};
};

/// What engine and store hold, without what may differ: ids, generations, hashes of secrets.
std::string outcome_of(Machine& machine);

}  // namespace vectis::sim
