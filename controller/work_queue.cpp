#include "controller/work_queue.hpp"

#include <algorithm>
#include <utility>

namespace vectis::controller {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration delay_first = milliseconds(50);
constexpr Duration delay_max = seconds(60);

}  // namespace

WorkQueue::WorkQueue(Clock& clock, Random& random) : clock_(clock), random_(random) {}

void WorkQueue::add(const resources::ObjectKey& key, Priority priority) {
    add_at(key, clock_.now(), priority);
}

void WorkQueue::add_at(const resources::ObjectKey& key, Time when, Priority priority) {
    {
        const std::scoped_lock lock(mutex_);
        const Entry entry{when, priority};
        const auto held = held_.find(key);
        if (held == held_.end()) put(key, entry);
        else if (!held->second) held->second = entry;
        else held->second = Entry{std::min(held->second->due, when), std::min(held->second->priority, priority)};
    }
    changed_.notify_one();
}

void WorkQueue::put(const resources::ObjectKey& key, const Entry& entry) {
    const auto [place, is_new] = waiting_.emplace(key, entry);
    if (is_new) return;
    place->second.due = std::min(place->second.due, entry.due);
    place->second.priority = std::min(place->second.priority, entry.priority);
}

std::optional<resources::ObjectKey> WorkQueue::take_locked(Time now) {
    auto best = waiting_.end();
    for (auto entry = waiting_.begin(); entry != waiting_.end(); ++entry) {
        if (entry->second.due > now) continue;
        const auto rank = [](const Entry& e) { return std::pair(e.priority, e.due); };
        if (best == waiting_.end() || rank(entry->second) < rank(best->second)) best = entry;
    }
    if (best == waiting_.end()) return std::nullopt;
    resources::ObjectKey key = best->first;
    waiting_.erase(best);
    held_[key] = std::nullopt;
    return key;
}

std::optional<resources::ObjectKey> WorkQueue::take() {
    const std::scoped_lock lock(mutex_);
    return take_locked(clock_.now());
}

std::optional<resources::ObjectKey> WorkQueue::wait_and_take(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        const Time now = clock_.now();
        if (std::optional<resources::ObjectKey> key = take_locked(now)) return key;
        Duration wait = delay_max;
        for (const auto& [key, entry] : waiting_) wait = std::min(wait, entry.due - now);
        changed_.wait_for(lock, stop, std::max(wait, Duration(1)), [] { return false; });
    }
    return std::nullopt;
}

void WorkQueue::done(const resources::ObjectKey& key) {
    {
        const std::scoped_lock lock(mutex_);
        const auto held = held_.find(key);
        if (held == held_.end()) return;
        const std::optional<Entry> added = held->second;
        held_.erase(held);
        if (added) put(key, *added);
    }
    changed_.notify_one();
}

Duration WorkQueue::failed(const resources::ObjectKey& key) {
    Duration delay = delay_first;
    {
        const std::scoped_lock lock(mutex_);
        const int count = failures_[key]++;
        for (int i = 0; i < count && delay < delay_max; ++i) delay *= 2;
        delay = std::min(delay, delay_max);
        // ±20 %, so that keys that failed together do not come back together.
        delay = delay * static_cast<Duration::rep>(800 + random_.below(401)) / 1000;
        const auto held = held_.find(key);
        std::optional<Entry> added = held == held_.end() ? std::nullopt : held->second;
        if (held != held_.end()) held_.erase(held);
        // What was added meanwhile says that something changed; still, a failing key keeps its distance.
        const Priority priority = added ? added->priority : Priority::normal;
        put(key, {clock_.now() + delay, priority});
    }
    changed_.notify_one();
    return delay;
}

void WorkQueue::forget(const resources::ObjectKey& key) {
    const std::scoped_lock lock(mutex_);
    failures_.erase(key);
}

std::optional<Time> WorkQueue::next_due() const {
    const std::scoped_lock lock(mutex_);
    std::optional<Time> next;
    for (const auto& [key, entry] : waiting_) {
        if (!next || entry.due < *next) next = entry.due;
    }
    return next;
}

std::size_t WorkQueue::size() const {
    const std::scoped_lock lock(mutex_);
    return waiting_.size() + held_.size();
}

int WorkQueue::failures(const resources::ObjectKey& key) const {
    const std::scoped_lock lock(mutex_);
    const auto place = failures_.find(key);
    return place == failures_.end() ? 0 : place->second;
}

}  // namespace vectis::controller
