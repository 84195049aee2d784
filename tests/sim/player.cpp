#include "tests/sim/player.hpp"

#include "tests/sim/outcome.hpp"

#include <charconv>
#include <exception>
#include <map>

namespace vectis::sim {
namespace {

using controller::SimulatedCrash;
using docker::Fault;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr controller::Duration patience = minutes(15);  ///< for the declared state
constexpr controller::Duration settling = minutes(5);   ///< without faults
constexpr controller::Duration long_absence = minutes(5);
constexpr controller::Duration aftermath = seconds(70);  ///< one resync more, which changes nothing

}  // namespace

std::string outcome_of(Machine& machine) {
    Life life(machine);
    return outcome_of(machine, life.store());
}

std::string to_text(const Case& played) {
    std::string text = std::string(played.workload->name) + '/' + std::to_string(played.seed) + '/';
    for (const FaultPoint& point : played.faults) {
        if (text.back() != '/') text += ',';
        text += to_text(point);
    }
    return text;
}

std::optional<Case> parse_case(std::string_view key) {
    const std::size_t first = key.find('/');
    const std::size_t second = key.find('/', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
    Case out{.workload = find_workload(key.substr(0, first))};
    if (out.workload == nullptr) return std::nullopt;
    std::from_chars(key.data() + first + 1, key.data() + second, out.seed);
    for (std::string_view rest = key.substr(second + 1); !rest.empty();) {
        const std::size_t comma = rest.find(',');
        const std::optional<FaultPoint> point = parse_fault(rest.substr(0, comma));
        if (!point) return std::nullopt;
        out.faults.push_back(*point);
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
    return out;
}

Player::Player(const Case& played)
    : case_(played), machine_(played.seed), due_(played.faults.begin(), played.faults.end()) {
    docker::ModelEngine& engine = machine_.engine;
    (void)engine.create_volume({"sim-foreign", {}}, {});
    (void)engine.create_network({"sim-theirs", false, "", {}}, {});
    docker::ContainerSpec theirs;
    theirs.name = "sim-postfix";
    theirs.image = "debian:trixie-slim";
    (void)engine.create_container(theirs, {});
    prepare(machine_, *case_.workload);
    machine_.trace.clear();
    machine_.wire.hook = [this](const Effect& effect) { return meet(effect); };
}

std::string Player::reference() {
    live();
    machine_.wire.hook = {};
    return outcome_of(machine_);
}

std::string Player::play(const std::string& wanted) {
    wanted_ = wanted;
    live();
    return judge(wanted);
}

void Player::explore(Forks& forks, const std::string& wanted, int share) {
    forks_ = &forks;
    share_ = share;
    wanted_ = wanted;
    std::string verdict;
    try {
        live();
        verdict = judge(wanted);
    } catch (const std::exception& error) {
        verdict = std::string("threw: ") + error.what();
    }
    // Here arrive the branches too.
    if (forks_ == nullptr) forks.finish(verdict);
    forks.wait();
}

/// Controllers one after the other until one of them lives to see the end.
void Player::live() {
    const controller::Time give_up = machine_.clock.now() + (wanted_.empty() ? settling : patience);
    for (bool has_acted = false;;) {
        try {
            Life life(machine_);
            if (!has_acted) act(life, *case_.workload);
            has_acted = true;
            do {
                life.run(seconds(20));
                machine_.engine.apply_late();
            } while (machine_.clock.now() < give_up && !is_as_wanted(life.store()));
            life.run(aftermath);
            return;
        } catch (const SimulatedCrash&) {
            // The supervisor starts another one, sooner or later.
            is_inside_ = true;
            machine_.clock.advance_to(machine_.clock.now() + std::exchange(away_, {}));
            is_inside_ = false;
        }
    }
}

/// Looking is no effect.
bool Player::is_as_wanted(controller::Store& store) {
    is_inside_ = true;
    const bool is_there = !wanted_.empty() && outcome_of(machine_, store) == wanted_;
    is_inside_ = false;
    return is_there;
}

std::string Player::judge(const std::string& wanted) {
    machine_.wire.hook = {};
    const std::string got = outcome_of(machine_);
    if (got == wanted && broken_.empty()) return {};
    return broken_ + "\n" + difference(wanted, got) + tail_of(machine_.trace);
}

Verdict Player::meet(const Effect& effect) {
    if (is_inside_) return {};
    ++step_;
    ++steps_;
    if (std::exchange(crash_next_, false)) throw SimulatedCrash{};
    const bool is_write = effect.place == Effect::Place::engine;
    if (is_write) {
        is_inside_ = true;
        check_invariants();
        if (late_in_ > 0 && --late_in_ == 0) machine_.engine.apply_late();
        is_inside_ = false;
    }
    if (forks_ != nullptr) return branch_at(effect);
    Verdict verdict;
    if (!due_.empty() && due_.front().step == step_) {
        const FaultKind kind = due_.front().kind;
        due_.pop_front();
        verdict = suffer(effect, kind);
    }
    if (is_write && !due_.empty()) machine_.engine.remember();
    return verdict;
}

/// One branch for each fault, and one with a second loss soon after the first.
Verdict Player::branch_at(const Effect& effect) {
    const auto take = [&](std::vector<FaultPoint> faults) {
        if (++turn_ % share_ != 0) return false;
        Case taken = case_;
        taken.faults = std::move(faults);
        if (!forks_->branch(to_text(taken))) return false;
        forks_ = nullptr;
        due_.assign(taken.faults.begin() + 1, taken.faults.end());
        return true;
    };
    for (const FaultKind kind : faults_of(effect)) {
        if (take({{step_, kind}})) return suffer(effect, kind);
    }
    if (effect.place != Effect::Place::list) {
        const int second = 1 + (step_ * 31 + turn_ * 17) % 40;
        if (take({{step_, FaultKind::crash_before}, {second, FaultKind::crash_before}}))
            return suffer(effect, FaultKind::crash_before);
    }
    if (effect.place == Effect::Place::engine) machine_.engine.remember();
    return {};
}

Verdict Player::suffer(const Effect& effect, FaultKind kind) {
    step_ = 0;
    const auto fails = [](Fault::Kind how) {
        return Verdict{.fault = {.kind = how}, .torn_at = {}};
    };
    switch (kind) {
        case FaultKind::crash_before:
            throw SimulatedCrash{};
        case FaultKind::crash_after:
            crash_next_ = true;
            return {};
        case FaultKind::away:
            away_ = long_absence;
            crash_next_ = true;
            return {};
        case FaultKind::torn_first:
            return {.fault = {}, .torn_at = 1};
        case FaultKind::torn_half:
            return {.fault = {}, .torn_at = effect.size_bytes / 2};
        case FaultKind::torn_last:
            return {.fault = {}, .torn_at = effect.size_bytes - 1};
        case FaultKind::refused:
            return fails(Fault::Kind::refuse);
        case FaultKind::not_sent:
        case FaultKind::unanswered:
            return fails(Fault::Kind::not_sent);
        case FaultKind::unknown_before:
            return fails(Fault::Kind::unknown_before);
        case FaultKind::unknown_after:
            return fails(Fault::Kind::unknown_after);
        case FaultKind::late:
            late_in_ = 3;
            return fails(Fault::Kind::late);
        case FaultKind::deaf:
            machine_.deaf_until = machine_.clock.now() + seconds(45);
            return {};
        case FaultKind::stale:
            return fails(Fault::Kind::stale);
    }
    return {};
}

/// One writer: never two running containers of one component.
void Player::check_invariants() {
    if (!broken_.empty()) return;
    std::map<std::string, int> running;
    for (const docker::ContainerSummary& row : machine_.engine.list_containers({}, {})) {
        const auto name = row.labels.find("vectis.dev/name");
        if (name != row.labels.end() && row.state == docker::ContainerState::running &&
            ++running[name->second] > 1)
            broken_ = "two containers of " + name->second + " ran at once";
    }
}

}  // namespace vectis::sim
