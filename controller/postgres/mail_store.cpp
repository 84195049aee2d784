#include "controller/postgres/mail_store.hpp"

#include "resources/condition.hpp"
#include "resources/kind.hpp"

#include <algorithm>
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

void set_pending(boost::json::object& status, std::int64_t generation, const std::string& now) {
    const std::string message = "It is written as soon as the mail database is Ready.";
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

std::optional<Object> MailStore::get(const ObjectKey& key) {
    if (is_open_) {
        if (std::optional<Object> found = database_.get(key)) return found;
    }
    return is_mail(key.kind) ? pending_.get(key) : std::nullopt;
}

ObjectList MailStore::list(const Query& query) {
    ObjectList out;
    if (is_open_)
        out = database_.list(query);
    else
        out.version = pending_.version();
    const std::size_t in_database = out.items.size();
    const auto before = [](const Object& left, const Object& right) {
        return resources::key_of(left) < resources::key_of(right);
    };
    for (Object& object : pending_objects(query)) {
        const auto end = out.items.begin() + static_cast<std::ptrdiff_t>(in_database);
        if (!std::binary_search(out.items.begin(), end, object, before))
            out.items.push_back(std::move(object));
    }
    std::sort(out.items.begin(), out.items.end(), before);
    return out;
}

StoreResult<Object> MailStore::create(const Object& object) {
    if (is_open_) return database_.create(object);
    Object waiting = object;
    waiting.status = {};
    set_pending(waiting.status, 1, format_time(clock_.now()));
    return pending_.create(waiting);
}

StoreResult<Object> MailStore::update(const Object& object) {
    if (is_open_) {
        StoreResult<Object> updated = database_.update(object);
        if (updated || updated.error().reason() != StoreReason::not_found) return updated;
    }
    StoreResult<Object> updated = pending_.update(object);
    if (!updated) return updated;
    Object waiting = *updated;
    set_pending(waiting.status, waiting.metadata.generation, format_time(clock_.now()));
    return pending_.update_status(waiting);
}

StoreResult<Object> MailStore::update_status(const Object& object) {
    if (is_open_) {
        StoreResult<Object> updated = database_.update_status(object);
        if (updated || updated.error().reason() != StoreReason::not_found) return updated;
    }
    return pending_.update_status(object);
}

StoreResult<Object> MailStore::remove(const ObjectKey& key, const Preconditions& preconditions) {
    if (!is_open_)
        return StoreRefusal(
            StoreReason::refused,
            resources::to_text(key) +
                " cannot be deleted before the mail database is Ready; try again then"
        );
    StoreResult<Object> removed = database_.remove(key, preconditions);
    if (removed || removed.error().reason() != StoreReason::not_found || !is_mail(key.kind))
        return removed;
    return pending_.remove(key, preconditions);
}

std::int64_t MailStore::version() {
    return is_open_ ? database_.version() : pending_.version();
}

StoreResult<std::vector<Change>> MailStore::changes(
    const Query& query, std::int64_t after, std::size_t limit
) {
    if (is_open_) {
        if (after > database_.version())
            return StoreRefusal(
                StoreReason::expired, "the mail database has been attached since; list again"
            );
        return database_.changes(query, after, limit);
    }
    StoreResult<std::vector<Change>> all = pending_.changes(query, after, limit);
    if (all) std::erase_if(*all, [](const Change& change) { return !is_mail(change.object.kind); });
    return all;
}

bool MailStore::wait_for_change(std::int64_t after, Duration timeout, std::stop_token stop) {
    return is_open_ ? database_.wait_for_change(after, timeout, std::move(stop))
                    : pending_.wait_for_change(after, timeout, std::move(stop));
}

void MailStore::subscribe(Listener listener) {
    pending_.subscribe([listener](const Change& change) {
        if (is_mail(change.object.kind)) listener(change);
    });
    database_.subscribe(std::move(listener));
}

MailStore::Flushed MailStore::flush() {
    const std::scoped_lock one_at_a_time(flushing_);
    // From here on nothing new gets pending, so that nothing is left behind.
    is_open_ = true;
    Flushed flushed;
    for (const Object& pending : pending_objects({})) {
        const StoreResult<Object> written = write(pending);
        if (written) {
            ++flushed.written;
            const StoreResult<Object> removed =
                pending_.remove(resources::key_of(pending), {pending.metadata.uid, {}});
            if (!removed && removed.error().reason() != StoreReason::not_found)
                throw StoreError(removed.error().message());
            continue;
        }
        flushed.refused.push_back(written.error().message());
        mark(pending, "Refused", written.error().message());
    }
    return flushed;
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

void MailStore::mark(const Object& object, const std::string& reason, const std::string& message) {
    Object marked = object;
    marked.metadata.resource_version.clear();
    resources::set_condition(
        marked.status,
        {"Ready",
         resources::ConditionStatus::no,
         reason,
         message,
         object.metadata.generation,
         format_time(clock_.now())}
    );
    if (marked.status == object.status) return;
    const StoreResult<Object> written = pending_.update_status(marked);
    if (!written && written.error().reason() != StoreReason::not_found)
        throw StoreError(written.error().message());
}

}  // namespace vectis::controller
