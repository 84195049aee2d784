#include "controller/journal_store.hpp"

#include "controller/log.hpp"

#include <utility>

namespace vectis::controller {

using resources::Object;

JournalStore::JournalStore(Journal& journal, Clock& clock, Random& random)
    : journal_(journal), clock_(clock), random_(random) {
    Journal::Content content = journal_.load();
    state_.restore(std::move(content.objects), content.version);
}

std::optional<Object> JournalStore::get(const resources::ObjectKey& key) {
    const std::scoped_lock lock(mutex_);
    return state_.get(key);
}

ObjectList JournalStore::list(const Query& query) {
    const std::scoped_lock lock(mutex_);
    return state_.list(query);
}

template <class Decide>
StoreResult<Object> JournalStore::change(Decide decide) {
    // State changes under both locks only, so this one alone is enough to read it, and readers need
    // not wait for the disk.
    const std::scoped_lock in_order(writing_);
    StoreResult<StoreState::Verdict> verdict = decide();
    if (!verdict) return verdict.error();
    if (!verdict->change) return std::move(verdict->object);
    journal_.write(*verdict->change);
    std::vector<Listener> listeners;
    {
        const std::scoped_lock lock(mutex_);
        state_.commit(*verdict->change);
        listeners = listeners_;
    }
    changed_.notify_all();
    for (const Listener& listener : listeners) listener(*verdict->change);
    compact_when_long();
    return std::move(verdict->object);
}

void JournalStore::compact_when_long() {
    if (!journal_.is_long()) return;
    try {
        journal_.compact(state_.list({}));
    } catch (const StoreError& error) {
        // The change that led here is safe in the log; only the log goes on growing.
        log::warn("the state log could not be shortened", {{"error", error.what()}});
    }
}

StoreResult<Object> JournalStore::create(const Object& object) {
    return change([&] { return state_.create(object, {clock_.now(), random_}); });
}

StoreResult<Object> JournalStore::update(const Object& object) {
    return change([&] { return state_.update(object); });
}

StoreResult<Object> JournalStore::update_status(const Object& object) {
    return change([&] { return state_.update_status(object); });
}

StoreResult<Object> JournalStore::remove(
    const resources::ObjectKey& key, const Preconditions& preconditions
) {
    return change([&] { return state_.remove(key, preconditions, clock_.now()); });
}

std::int64_t JournalStore::version() {
    const std::scoped_lock lock(mutex_);
    return state_.version();
}

StoreResult<std::vector<Change>> JournalStore::changes(
    const Query& query, std::int64_t after, std::size_t limit
) {
    const std::scoped_lock lock(mutex_);
    return state_.changes(query, after, limit);
}

bool JournalStore::wait_for_change(std::int64_t after, Duration timeout, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, stop, timeout, [&] { return state_.version() > after; });
}

void JournalStore::subscribe(Listener listener) {
    const std::scoped_lock lock(mutex_);
    listeners_.push_back(std::move(listener));
}

}  // namespace vectis::controller
