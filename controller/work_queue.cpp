#include "controller/work_queue.hpp"

#include <algorithm>

namespace vectis::controller {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration delay_first = milliseconds(50);
constexpr Duration delay_max = seconds(60);
/// Of a failing key that somebody edited, or that the engine tells something about: soon, but not
/// in a tight loop, should it be the failing reconciler itself that edits and acts.
constexpr Duration delay_max_heard = seconds(1);

Duration back_off(int failures) {
    Duration delay = delay_first;
    for (int i = 0; i < failures && delay < delay_max; ++i) delay *= 2;
    return std::min(delay, delay_max);
}

}  // namespace

WorkQueue::WorkQueue(Clock& clock, Random& random) : clock_(clock), random_(random) {}

void WorkQueue::limit(const std::vector<std::string>& kinds, std::size_t held_max) {
    const std::scoped_lock lock(mutex_);
    for (const std::string& kind : kinds) lanes_of_kinds_[kind] = lanes_.size();
    lanes_.push_back({.held_max = held_max});
}

std::size_t WorkQueue::lane_of(const std::string& kind) const {
    const auto place = lanes_of_kinds_.find(kind);
    return place == lanes_of_kinds_.end() ? 0 : place->second;
}

void WorkQueue::add(const resources::ObjectKey& key, Priority priority) {
    add_at(key, clock_.now(), priority);
}

void WorkQueue::add_at(const resources::ObjectKey& key, Time when, Priority priority) {
    {
        const std::scoped_lock lock(mutex_);
        ++stats_.adds;
        const auto failing = failures_.find(key);
        const Time rests_until = failing == failures_.end() ? Time{} : failing->second.rests_until;
        const Entry entry{.due = std::max(when, rests_until), .priority = priority};
        const auto held = held_.find(key);
        if (held == held_.end()) {
            put(key, entry);
        } else if (std::optional<Entry>& added = held->second.added; added) {
            added->due = std::min(added->due, entry.due);
            added->priority = std::min(added->priority, priority);
        } else {
            added = entry;
        }
        ++changes_;
    }
    changed_.notify_one();
}

void WorkQueue::put(const resources::ObjectKey& key, const Entry& entry) {
    auto [place, is_new] = waiting_.emplace(key, entry);
    if (is_new) {
        place->second.number = ++arrivals_;
        place->second.lane = lane_of(key.kind);
    } else {
        unindex(place->second);
        place->second.due = std::min(place->second.due, entry.due);
        place->second.priority = std::min(place->second.priority, entry.priority);
    }
    index(place);
}

void WorkQueue::index(Waiting::iterator place) {
    Entry& entry = place->second;
    entry.is_ready = false;
    later_.emplace(std::pair(entry.due, entry.number), place);
}

void WorkQueue::unindex(const Entry& entry) {
    if (entry.is_ready)
        lanes_[entry.lane].ready.erase({entry.priority, entry.due, entry.number});
    else
        later_.erase({entry.due, entry.number});
}

std::optional<resources::ObjectKey> WorkQueue::take_locked(Time now) {
    while (!later_.empty() && later_.begin()->first.first <= now) {
        const Waiting::iterator place = later_.begin()->second;
        later_.erase(later_.begin());
        Entry& entry = place->second;
        entry.is_ready = true;
        lanes_[entry.lane].ready.emplace(Rank(entry.priority, entry.due, entry.number), place);
    }
    Lane* lane = nullptr;
    for (Lane& one : lanes_) {
        if (!one.has_room() || one.ready.empty()) continue;
        if (lane == nullptr || one.ready.begin()->first < lane->ready.begin()->first) lane = &one;
    }
    if (lane == nullptr) return std::nullopt;
    const Waiting::iterator best = lane->ready.begin()->second;
    lane->ready.erase(lane->ready.begin());
    ++lane->held;
    resources::ObjectKey key = best->first;
    held_[key] = {.since = now, .waited = std::max(now - best->second.due, Duration(0))};
    waiting_.erase(best);
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
        const std::optional<Time> next = next_due_locked();
        const Duration wait = next ? std::clamp(*next - now, Duration(1), delay_max) : delay_max;
        changed_.wait_for(lock, stop, wait, [this, seen = changes_] { return changes_ != seen; });
    }
    return std::nullopt;
}

void WorkQueue::release(Held::iterator held) {
    --lanes_[lane_of(held->first.kind)].held;
    held_.erase(held);
}

void WorkQueue::done(const resources::ObjectKey& key) {
    {
        const std::scoped_lock lock(mutex_);
        const auto held = held_.find(key);
        if (held == held_.end()) return;
        const std::optional<Entry> added = held->second.added;
        release(held);
        if (added) put(key, *added);
        ++changes_;
    }
    changed_.notify_one();
}

Duration WorkQueue::failed(const resources::ObjectKey& key) {
    Duration delay{};
    {
        const std::scoped_lock lock(mutex_);
        Failing& failing = failures_[key];
        delay = back_off(failing.count);
        ++failing.count;
        ++stats_.retries;
        Priority priority = Priority::normal;
        if (const auto held = held_.find(key); held != held_.end()) {
            if (held->second.added) priority = held->second.added->priority;
            release(held);
        }
        if (priority == Priority::user) delay = std::min(delay, delay_max_heard);
        // ±20 %, so that keys that failed together do not come back together.
        delay = delay * static_cast<Duration::rep>(800 + random_.below(401)) / 1000;
        const Time now = clock_.now();
        failing.rests_until = now + std::min(delay, delay_max_heard);
        put(key, {.due = now + delay, .priority = priority});
        ++changes_;
    }
    changed_.notify_one();
    return delay;
}

void WorkQueue::forget(const resources::ObjectKey& key) {
    const std::scoped_lock lock(mutex_);
    failures_.erase(key);
}

std::optional<Time> WorkQueue::next_due_locked() const {
    std::optional<Time> next;
    if (!later_.empty()) next = later_.begin()->first.first;
    for (const Lane& lane : lanes_) {
        // Those of a full lane are due when one of it is done, which wakes a worker.
        if (!lane.has_room()) continue;
        for (const auto& [rank, place] : lane.ready) {
            const Time due = std::get<Time>(rank);
            if (!next || due < *next) next = due;
        }
    }
    return next;
}

std::optional<Time> WorkQueue::next_due() const {
    const std::scoped_lock lock(mutex_);
    return next_due_locked();
}

std::size_t WorkQueue::size() const {
    const std::scoped_lock lock(mutex_);
    return waiting_.size() + held_.size();
}

int WorkQueue::failures(const resources::ObjectKey& key) const {
    const std::scoped_lock lock(mutex_);
    const auto place = failures_.find(key);
    return place == failures_.end() ? 0 : place->second.count;
}

Duration WorkQueue::waited(const resources::ObjectKey& key) const {
    const std::scoped_lock lock(mutex_);
    const auto place = held_.find(key);
    return place == held_.end() ? Duration(0) : place->second.waited;
}

QueueStats WorkQueue::stats() const {
    const std::scoped_lock lock(mutex_);
    QueueStats out = stats_;
    for (const auto& [key, entry] : waiting_)
        ++out.waiting[static_cast<std::size_t>(entry.priority)];
    const Time now = clock_.now();
    for (const auto& [key, hold] : held_) {
        const Duration age = std::max(now - hold.since, Duration(0));
        out.unfinished += age;
        out.longest = std::max(out.longest, age);
    }
    return out;
}

}  // namespace vectis::controller
