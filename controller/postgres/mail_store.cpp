#include "controller/postgres/mail_store.hpp"

#include "resources/condition.hpp"
#include "resources/kind.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace vectis::controller {
namespace {

using resources::Object;
using resources::ObjectKey;

bool is_mail(const std::string& kind) {
    const resources::Kind* found = resources::find_kind(kind);
    return found != nullptr && found->name == kind && found->home == resources::Home::mail;
}

/// Kinds in the order in which they can be written: a mailbox needs its domain.
std::vector<std::string> mail_kinds() {
    std::vector<std::string> names;
    for (const resources::Kind& kind : resources::kinds()) {
        if (kind.home == resources::Home::mail) names.emplace_back(kind.name);
    }
    return names;
}

/// No database gets so far.
constexpr std::int64_t pending_versions = 1'000'000'000'000'000;

bool is_pending_version(std::int64_t version) {
    return version >= pending_versions;
}

/// What waits, as it is shown.
Object shown(Object waiting) {
    std::string& version = waiting.metadata.resource_version;
    if (!version.empty()) version = std::to_string(pending_versions + std::stoll(version));
    return waiting;
}

StoreResult<Object> shown(StoreResult<Object> waiting) {
    if (waiting) return shown(*std::move(waiting));
    return waiting;
}

Change shown(Change change) {
    change.version += pending_versions;
    change.object = shown(std::move(change.object));
    if (change.previous) change.previous = shown(*std::move(change.previous));
    return change;
}

/// A precondition, as the pending store counts; one that is the database's holds for nothing there.
std::string pending_version(const std::string& shown) {
    if (shown.empty()) return shown;
    std::int64_t version = 0;
    std::from_chars(shown.data(), shown.data() + shown.size(), version);
    return std::to_string(is_pending_version(version) ? version - pending_versions : 0);
}

StoreRefusal expired(const std::string& why) {
    return {StoreReason::expired, why + "; list again"};
}

void set_pending(boost::json::object& status, std::int64_t generation, const std::string& now) {
    const std::string message = "It is written as soon as the mail database is Ready.";
    resources::remove_condition(status, "Stalled");
    resources::set_condition(
        status, {"Ready", resources::ConditionStatus::no, "Pending", message, generation, now}
    );
}

}  // namespace

MailStore::MailStore(Store& pending, Store& database, Clock& clock)
    : pending_(pending), database_(database), clock_(clock) {}

std::vector<Object> MailStore::pending_objects(const Query& query) {
    std::vector<Object> out;
    for (const std::string& kind : mail_kinds()) {
        if (!query.kind.empty() && query.kind != kind) continue;
        for (Object& object : pending_.list({kind, query.ns}).items)
            out.push_back(std::move(object));
    }
    return out;
}

std::optional<Object> MailStore::pending_object(const ObjectKey& key) {
    return is_mail(key.kind) ? pending_.get(key) : std::nullopt;
}

// `flush` moves objects from the pending store to the database: who looks in this order misses
// none.
std::optional<Object> MailStore::get(const ObjectKey& key) {
    std::optional<Object> waiting = pending_object(key);
    if (is_open_) {
        if (std::optional<Object> found = database_.get(key)) return found;
    }
    return waiting ? std::optional(shown(*std::move(waiting))) : std::nullopt;
}

ObjectList MailStore::list(const Query& query) {
    std::vector<Object> waiting = pending_objects(query);
    ObjectList out;
    if (is_open_)
        out = database_.list(query);
    else
        out.version = pending_versions + pending_.version();
    const std::size_t in_database = out.items.size();
    const auto before = [](const Object& left, const Object& right) {
        return resources::key_of(left) < resources::key_of(right);
    };
    for (Object& object : waiting) {
        const auto end = out.items.begin() + static_cast<std::ptrdiff_t>(in_database);
        if (!std::binary_search(out.items.begin(), end, object, before))
            out.items.push_back(shown(std::move(object)));
    }
    std::sort(out.items.begin(), out.items.end(), before);
    return out;
}

StoreResult<Object> MailStore::create(const Object& object) {
    const std::scoped_lock lock(writing_);
    if (is_open_) {
        const ObjectKey key = resources::key_of(object);
        if (pending_object(key))
            return StoreRefusal(
                StoreReason::already_exists,
                resources::to_text(key) + " exists already, and waits to be written"
            );
        return database_.create(object);
    }
    Object waiting = object;
    waiting.status = {};
    set_pending(waiting.status, 1, format_time(clock_.now()));
    return shown(pending_.create(waiting));
}

StoreResult<Object> MailStore::update(const Object& object) {
    const std::scoped_lock lock(writing_);
    const ObjectKey key = resources::key_of(object);
    if (!is_open_) return update_pending(object);
    if (!pending_object(key)) return database_.update(object);
    if (!database_.get(key)) return update_pending(object);
    // What waits is older than this edit, so it goes first; if it is refused, it is overtaken.
    (void)move(key);
    StoreResult<Object> updated = database_.update(object);
    if (updated) forget_pending(key);
    return updated;
}

StoreResult<Object> MailStore::update_pending(const Object& object) {
    Object wanted = object;
    wanted.metadata.resource_version = pending_version(object.metadata.resource_version);
    StoreResult<Object> updated = pending_.update(wanted);
    if (!updated) return updated;
    Object waiting = *updated;
    set_pending(waiting.status, waiting.metadata.generation, format_time(clock_.now()));
    return shown(pending_.update_status(waiting));
}

StoreResult<Object> MailStore::update_status(const Object& object) {
    if (is_open_) {
        StoreResult<Object> updated = database_.update_status(object);
        if (updated || updated.error().reason() != StoreReason::not_found) return updated;
    }
    const std::scoped_lock lock(writing_);
    Object wanted = object;
    wanted.metadata.resource_version = pending_version(object.metadata.resource_version);
    return shown(pending_.update_status(wanted));
}

StoreResult<Object> MailStore::remove(const ObjectKey& key, const Preconditions& preconditions) {
    const std::scoped_lock lock(writing_);
    if (!is_open_)
        return StoreRefusal(
            StoreReason::refused,
            resources::to_text(key) +
                " cannot be deleted before the mail database is Ready; try again then"
        );
    // An edit that waits goes first, or goes: left behind by a death in between, it would bring the
    // object back.
    if (pending_object(key) && database_.get(key) && !move(key)) forget_pending(key);
    StoreResult<Object> removed = database_.remove(key, preconditions);
    if (removed || removed.error().reason() != StoreReason::not_found || !is_mail(key.kind))
        return removed;
    return shown(
        pending_.remove(key, {preconditions.uid, pending_version(preconditions.resource_version)})
    );
}

std::int64_t MailStore::version() {
    return is_open_ ? database_.version() : pending_versions + pending_.version();
}

StoreResult<std::vector<Change>> MailStore::changes(
    const Query& query, std::int64_t after, std::size_t limit
) {
    if (is_open_) {
        if (after > database_.version())
            return expired("the mail database has been attached since");
        return database_.changes(query, after, limit);
    }
    if (!is_pending_version(after)) return expired("the mail database has been taken away since");
    const StoreResult<std::vector<Change>> all =
        pending_.changes(query, after - pending_versions, limit);
    if (!all) return all;
    std::vector<Change> out;
    for (const Change& change : *all) {
        if (is_mail(change.object.kind)) out.push_back(shown(change));
    }
    return out;
}

bool MailStore::wait_for_change(std::int64_t after, Duration timeout, std::stop_token stop) {
    if (is_open_ == is_pending_version(after)) return true;  // it is to list again
    return is_open_ ? database_.wait_for_change(after, timeout, std::move(stop))
                    : pending_.wait_for_change(after - pending_versions, timeout, std::move(stop));
}

void MailStore::subscribe(Listener listener) {
    pending_.subscribe([listener](const Change& change) {
        if (is_mail(change.object.kind)) listener(shown(change));
    });
    database_.subscribe(std::move(listener));
}

void MailStore::open() {
    const std::scoped_lock lock(writing_);
    is_open_ = true;
}

void MailStore::close() {
    const std::scoped_lock lock(writing_);
    is_open_ = false;
}

MailStore::Flushed MailStore::flush() {
    open();
    Flushed flushed;
    for (const Object& pending : pending_objects({})) {
        // One at a time, so that others can write in between.
        const std::scoped_lock lock(writing_);
        if (!is_open_) return flushed;
        const StoreResult<Object> written = move(resources::key_of(pending));
        if (written)
            ++flushed.written;
        else if (written.error().reason() != StoreReason::not_found)
            flushed.refused.push_back(written.error().message());
    }
    return flushed;
}

StoreResult<Object> MailStore::move(const ObjectKey& key) {
    const std::optional<Object> pending = pending_object(key);
    if (!pending)
        return StoreRefusal(StoreReason::not_found, resources::to_text(key) + " does not wait");
    StoreResult<Object> written = write(*pending);
    if (!written)
        mark_refused(*pending, written.error().message());
    else
        forget_pending(key);
    return written;
}

void MailStore::forget_pending(const ObjectKey& key) {
    if (!pending_object(key)) return;
    const StoreResult<Object> removed = pending_.remove(key, {});
    if (!removed && removed.error().reason() != StoreReason::not_found)
        throw StoreError(removed.error().message());
}

/// An object that the database has already keeps what only the database knows: its uid, finalizers
/// and status.
StoreResult<Object> MailStore::write(const Object& pending) {
    const std::optional<Object> stored = database_.get(resources::key_of(pending));
    if (!stored) {
        Object fresh = pending;
        fresh.metadata.resource_version.clear();
        fresh.metadata.finalizers.clear();
        fresh.status = {};
        return database_.create(fresh);
    }
    const std::string owner = resources::applied_by(*stored);
    if (owner.starts_with("file:") && owner != resources::applied_by(pending)) {
        return StoreRefusal(
            StoreReason::conflict,
            resources::to_text(resources::key_of(pending)) + " is declared by " + owner
        );
    }
    Object wanted = *stored;
    wanted.metadata.resource_version.clear();
    wanted.spec = pending.spec;
    wanted.metadata.labels = pending.metadata.labels;
    wanted.metadata.annotations = pending.metadata.annotations;
    wanted.metadata.managed_fields = pending.metadata.managed_fields;
    // When alone the time in managedFields differs, nothing has changed.
    if (wanted.spec == stored->spec && wanted.metadata.labels == stored->metadata.labels &&
        wanted.metadata.annotations == stored->metadata.annotations &&
        owner == resources::applied_by(pending)) {
        return *stored;
    }
    return database_.update(wanted);
}

/// Waiting alone does not help, so nobody should wait for it.
void MailStore::mark_refused(const Object& object, const std::string& why) {
    using resources::ConditionStatus;
    Object marked = object;
    marked.metadata.resource_version.clear();
    const std::int64_t generation = object.metadata.generation;
    const std::string now = format_time(clock_.now());
    resources::set_condition(
        marked.status, {"Ready", ConditionStatus::no, "Refused", why, generation, now}
    );
    resources::set_condition(
        marked.status, {"Stalled", ConditionStatus::yes, "Refused", why, generation, now}
    );
    if (marked.status == object.status) return;
    const StoreResult<Object> written = pending_.update_status(marked);
    if (!written && written.error().reason() != StoreReason::not_found)
        throw StoreError(written.error().message());
}

}  // namespace vectis::controller
