#include "reconcilers/core/probe_board.hpp"

#include "resources/text.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vectis::reconcilers {
namespace {

using controller::Duration;
using controller::Time;

constexpr Duration until_ready = std::chrono::milliseconds(250);
constexpr Duration first_until_ready = std::chrono::milliseconds(25);  // doubled up to the above
constexpr Duration until_given_up = std::chrono::seconds(1);
constexpr Duration pause_max = std::chrono::seconds(60);

/// Many services answer within a moment of their start; those that do not are asked less often.
Duration pause_until_ready(int failures) {
    return std::min(first_until_ready * (1 << std::clamp(failures - 1, 0, 10)), until_ready);
}

Duration pause_after(const ProbeRecord& record, const resources::Probe& probe) {
    if (!record.is_ready) return pause_until_ready(record.failures);
    const Duration interval = std::chrono::seconds(probe.interval_seconds);
    return record.failures == 0 ? interval : std::min(interval, until_given_up);
}

}  // namespace

ProbeBoard::ProbeBoard(Prober& prober, controller::Clock& clock, Wake wake)
    : prober_(prober), clock_(clock), wake_(std::move(wake)) {}

void ProbeBoard::watch(const ProbeSubject& subject) {
    const std::scoped_lock lock(mutex_);
    Entry& entry = entries_[subject.key];
    const bool is_same = entry.subject == subject;
    entry.subject = subject;  // the password may be new
    if (is_same) return;
    entry.record.reset();
    entry.due = clock_.now();
    entry.is_running = false;
    ++changes_;
    changed_.notify_one();
}

void ProbeBoard::forget(const resources::ObjectKey& key) {
    const std::scoped_lock lock(mutex_);
    entries_.erase(key);
}

std::optional<ProbeRecord> ProbeBoard::record(
    const resources::ObjectKey& key, const std::string& container
) const {
    const std::scoped_lock lock(mutex_);
    const auto entry = entries_.find(key);
    if (entry == entries_.end() || entry->second.subject.container != container)
        return std::nullopt;
    return entry->second.record;
}

void ProbeBoard::hurry(const resources::ObjectKey& key) {
    const std::scoped_lock lock(mutex_);
    const auto entry = entries_.find(key);
    if (entry == entries_.end()) return;
    entry->second.due = clock_.now();
    ++changes_;
    changed_.notify_one();
}

bool ProbeBoard::step(std::stop_token stop) {
    ProbeSubject subject;
    {
        const std::scoped_lock lock(mutex_);
        const auto due = most_overdue_locked();
        if (due == entries_.end() || due->second.due > clock_.now()) return false;
        due->second.is_running = true;
        subject = due->second.subject;
    }
    const ProbeResult result = prober_.probe(subject.target, std::move(stop));
    finish(subject, result);
    return true;
}

void ProbeBoard::finish(const ProbeSubject& subject, const ProbeResult& result) {
    bool is_news = false;
    {
        const std::scoped_lock lock(mutex_);
        const auto place = entries_.find(subject.key);
        if (place == entries_.end() || !(place->second.subject == subject))
            return;  // replaced meanwhile: the answer is about the past
        Entry& entry = place->second;
        const Time now = clock_.now();
        entry.is_running = false;
        ++changes_;  // a thread that sleeps knows of an older date only
        changed_.notify_one();
        if (!result.is_asked) {
            entry.due = now + until_given_up;
            return;
        }
        const std::string message = resources::to_utf8(result.message);
        ProbeRecord record = entry.record.value_or(ProbeRecord{.asked_since = now});
        const bool was_ready = record.is_ready;
        const bool is_first = !entry.record.has_value();
        record.failures = result.is_ready ? 0 : record.failures + 1;
        const bool gave_up = record.failures >= subject.target.probe.failure_threshold;
        record.is_ready = result.is_ready || (was_ready && !gave_up);
        if (record.is_ready && !was_ready) record.ready_since = now;
        is_news = is_first || record.is_ready != was_ready || gave_up || record.message != message;
        record.message = message;
        record.lack = result.lack;
        entry.record = record;
        entry.due = now + pause_after(record, subject.target.probe);
    }
    if (is_news) wake_(subject.key);
}

void ProbeBoard::run(std::stop_token stop) {
    while (!stop.stop_requested()) {
        if (step(stop)) continue;
        std::unique_lock lock(mutex_);
        const Duration pause = std::min(next_due_locked() - clock_.now(), pause_max);
        const std::uint64_t seen = changes_;
        changed_.wait_for(lock, stop, pause, [&] { return changes_ != seen; });
    }
}

/// One that hangs must not keep those behind it in the alphabet from being asked.
ProbeBoard::Entries::iterator ProbeBoard::most_overdue_locked() {
    auto first = entries_.end();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        if (entry->second.is_running) continue;
        if (first == entries_.end() || entry->second.due < first->second.due) first = entry;
    }
    return first;
}

Time ProbeBoard::next_due_locked() const {
    Time next = Time::max();
    for (const auto& [key, entry] : entries_) {
        if (!entry.is_running) next = std::min(next, entry.due);
    }
    return next;
}

std::optional<controller::Time> ProbeBoard::next_due() const {
    const std::scoped_lock lock(mutex_);
    const Time next = next_due_locked();
    return next == Time::max() ? std::nullopt : std::optional(next);
}

}  // namespace vectis::reconcilers
