#include "tests/sim/player.hpp"

#include "tests/sim/outcome.hpp"

#include <charconv>
#include <exception>
#include <functional>
#include <map>
#include <utility>

namespace vectis::sim {
namespace {

using controller::SimulatedCrash;
using docker::Fault;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr controller::Duration patience = minutes(15);  ///< for the declared state
constexpr controller::Duration settling = minutes(5);   ///< without faults
constexpr controller::Duration a_while = seconds(45);
constexpr controller::Duration long_absence = minutes(5);
constexpr controller::Duration aftermath = seconds(70);  ///< one resync more, which changes nothing
constexpr int rare_interval = 8;

/// Writes to the disk are many, and where it gets full matters little.
bool is_rare(FaultKind kind) {
    return kind == FaultKind::full || kind == FaultKind::full_lost;
}

}  // namespace

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
    make_others(machine_.engine, case_.workload->taken);
    others_ = others_of(machine_.engine);
    prepare(machine_, *case_.workload);
    machine_.trace.clear();
    machine_.wire.hook = [this](const Effect& effect) { return meet(effect); };
}

std::string Player::reference() {
    live();
    machine_.wire.hook = {};
    Life life(machine_);
    return outcome_of(machine_, life.store());
}

std::string Player::play(const std::string& wanted) {
    wanted_ = wanted;
    live();
    return judge(wanted);
}

std::string Player::explore(Forks& forks, const std::string& wanted, int share) {
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
    if (forks_ == nullptr) forks.finish(verdict, fingerprint());
    forks.wait();
    return verdict;
}

std::string Player::fingerprint() {
    std::string text = machine_.trace + controller::format_time(machine_.clock.now());
    for (const controller::Event& event : machine_.events.list(0))
        text += event.message + controller::format_time(event.last_time);
    return std::to_string(std::hash<std::string>{}(text));
}

/// Controllers one after the other until one of them lives to see the end.
void Player::live() {
    const controller::Time give_up = machine_.clock.now() + (wanted_.empty() ? settling : patience);
    for (bool has_acted = false;;) {
        try {
            Life life(machine_);
            look_for_lost_writes(life);
            do {
                has_acted = has_acted || try_to_act(life);
                life.run(seconds(20));
                machine_.engine.apply_late();
                run_programs();
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

/// Who gets an error tries again.
bool Player::try_to_act(Life& life) {
    try {
        act(life, *case_.workload);
        return true;
    } catch (const controller::StoreError&) {
        return false;
    }
}

void Player::look_for_lost_writes(Life& life) {
    if (broken_.empty() && life.store().version() < machine_.acknowledged)
        broken_ = "a write that was acknowledged is lost";
}

void Player::run_programs() {
    is_inside_ = true;
    machine_.run_programs();
    is_inside_ = false;
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
    Life life(machine_);
    look_for_lost_writes(life);
    std::string wrong = broken_.empty() ? broken_ : broken_ + '\n';
    wrong += lost_data(machine_, *case_.workload);
    if (case_.workload->is_end) wrong += left_over(machine_, life.store());
    if (others_of(machine_.engine) != others_) wrong += "what is not ours was changed\n";
    wrong += leaked_secrets(machine_, life.store(), log_.text());
    wrong += difference(wanted, outcome_of(machine_, life.store()));
    return wrong.empty() ? wrong : '\n' + wrong + tail_of(machine_.trace);
}

Verdict Player::meet(const Effect& effect) {
    if (is_inside_) return {};
    ++step_;
    if (std::exchange(crash_next_, false)) throw SimulatedCrash{};
    const bool is_write = effect.place == Effect::Place::engine;
    if (is_write || effect.place == Effect::Place::secrets) run_programs();
    if (is_write) {
        is_inside_ = true;
        check_invariants();
        if (late_in_ > 0) {
            --late_in_;
            if (late_in_ == 0) machine_.engine.apply_late();
        }
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
        log_.begin_anew();
        due_.assign(taken.faults.begin() + 1, taken.faults.end());
        return true;
    };
    for (const FaultKind kind : faults_of(effect)) {
        if (is_rare(kind) && step_ % rare_interval != 0) continue;
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
            machine_.wire.deaf_until = machine_.clock.now() + a_while;
            return {};
        case FaultKind::stale:
            return fails(Fault::Kind::stale);
        case FaultKind::silent:
            machine_.wire.silent_until = machine_.clock.now() + a_while;
            return {};
        case FaultKind::full_lost:
            crash_next_ = true;
            [[fallthrough]];
        case FaultKind::full:
            machine_.wire.full_until = machine_.clock.now() + a_while;
            return {};
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
