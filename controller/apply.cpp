#include "controller/apply.hpp"

#include "resources/condition.hpp"
#include "resources/diff.hpp"
#include "resources/kind.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace vectis::controller {
namespace {

using resources::Object;
using resources::ObjectKey;

void set_manager(Object& object, resources::ManagedFields manager) {
    auto& entries = object.metadata.managed_fields;
    std::erase_if(entries, [](const resources::ManagedFields& entry) {
        return entry.operation == "Apply" || resources::is_declaring(entry.manager);
    });
    entries.push_back(std::move(manager));
}

std::vector<std::string> sorted_names(const boost::json::object& texts) {
    std::vector<std::string> out;
    for (const auto& [name, value] : texts) out.emplace_back(name);
    std::sort(out.begin(), out.end());
    return out;
}

resources::ManagedFields entry_for(
    const Object& wanted, const std::string& manager, const std::string& now
) {
    return {
        manager,
        "Apply",
        now,
        sorted_names(wanted.metadata.labels),
        sorted_names(wanted.metadata.annotations)
    };
}

/// Gives what is wanted, and takes what the same manager gave before and wants no longer.
void merge_texts(
    boost::json::object& texts,
    const boost::json::object& wanted,
    const std::vector<std::string>& given
) {
    for (const std::string& name : given) {
        if (!wanted.contains(name)) texts.erase(name);
    }
    for (const auto& [name, value] : wanted) texts[name] = value;
}

/// The stored object as the manager wants it; equal to `stored` if there is nothing to do.
Object merged(
    const Object& stored, const Object& wanted, const std::string& manager, const std::string& now
) {
    Object out = stored;
    out.spec = wanted.spec;
    resources::ManagedFields before;
    for (const resources::ManagedFields& entry : stored.metadata.managed_fields) {
        if (entry.manager == manager && entry.operation == "Apply") before = entry;
    }
    merge_texts(out.metadata.labels, wanted.metadata.labels, before.labels);
    merge_texts(out.metadata.annotations, wanted.metadata.annotations, before.annotations);
    resources::ManagedFields entry = entry_for(wanted, manager, before.time);
    if (out == stored && entry == before) return out;
    entry.time = now;
    set_manager(out, std::move(entry));
    return out;
}

bool is_stalled(const Object& object) {
    return resources::is_true_for(object.status, "Stalled", object.metadata.generation);
}

/// Whether more than the name of the manager differs.
bool is_configured(const Object& before, const Object& after) {
    return before.spec != after.spec || before.metadata.labels != after.metadata.labels ||
           before.metadata.annotations != after.metadata.annotations;
}

[[noreturn]] void give_up(const ObjectKey& key, const StoreRefusal& refusal) {
    throw StoreError("apply " + resources::to_text(key) + ": " + refusal.message());
}

/// Somebody may have written between our look and our write: look again.
bool is_overtaken(const StoreRefusal& refusal) {
    return refusal.reason() == StoreReason::conflict ||
           refusal.reason() == StoreReason::already_exists ||
           refusal.reason() == StoreReason::not_found;
}

/// What stays when looking again and again finds the same: a name that is taken although no object
/// has it stands for an address that another one has. Everything else is a race that goes on.
bool is_definite(const StoreRefusal& refusal) {
    return !is_overtaken(refusal) || refusal.reason() == StoreReason::already_exists;
}

/// Status and finalizers are written by others at any time; so many tries outrun them.
constexpr int tries_max = 5;

StoreResult<AppliedObject> try_to_apply(
    Store& store,
    const Object& wanted,
    const std::string& manager,
    const std::string& now,
    Retry retry
) {
    const ObjectKey key = resources::key_of(wanted);
    const std::optional<Object> stored = store.get(key);
    if (!stored) {
        Object made = wanted;
        made.status.clear();
        made.metadata = {
            .name = wanted.metadata.name,
            .ns = wanted.metadata.ns,
            .labels = wanted.metadata.labels,
            .annotations = wanted.metadata.annotations
        };
        set_manager(made, entry_for(wanted, manager, now));
        const StoreResult<Object> created = store.create(made);
        if (!created) return created.error();
        return AppliedObject{key, Applied::created};
    }
    Object next = merged(*stored, wanted, manager, now);
    if (retry == Retry::yes && is_stalled(*stored))
        next.metadata.annotations[attempt_annotation] = now;
    if (next == *stored) return AppliedObject{key, Applied::unchanged};
    const StoreResult<Object> updated = store.update(next);
    if (!updated) return updated.error();
    const bool is_changed = is_configured(*stored, next);
    return AppliedObject{key, is_changed ? Applied::configured : Applied::unchanged};
}

StoreResult<AppliedObject> apply_one(
    Store& store,
    const Object& wanted,
    const std::string& manager,
    const std::string& now,
    Retry retry
) {
    for (int tries = 1;; ++tries) {
        StoreResult<AppliedObject> result = try_to_apply(store, wanted, manager, now, retry);
        if (result) return result;
        if (is_overtaken(result.error()) && tries < tries_max) continue;
        if (is_definite(result.error())) return result;
        give_up(resources::key_of(wanted), result.error());
    }
}

void prune_platform(
    Store& store,
    const std::set<ObjectKey>& wanted,
    const std::string& manager,
    ApplyOutcome& outcome
) {
    for (const Object& object : store.list({}).items) {
        const ObjectKey key = resources::key_of(object);
        if (resources::applied_by(object) != manager || wanted.contains(key)) continue;
        if (!object.metadata.owner_references.empty() || resources::is_being_deleted(object))
            continue;
        const resources::Kind* kind = resources::find_kind(key.kind);
        if (kind == nullptr || kind->home != resources::Home::platform) continue;
        const StoreResult<Object> removed = store.remove(key, {.uid = object.metadata.uid});
        if (removed)
            outcome.objects.push_back({key, Applied::pruned});
        else if (removed.error().reason() != StoreReason::not_found)
            outcome.refused.push_back({key, removed.error()});
    }
}

void leave(
    Store& store,
    const ObjectKey& key,
    const std::string& manager,
    const std::string& now,
    ApplyOutcome& outcome
) {
    for (int tries = 1;; ++tries) {
        std::optional<Object> object = store.get(key);
        if (!object || resources::applied_by(*object) != manager) return;
        set_manager(*object, {manager, "Update", now});
        const StoreResult<Object> updated = store.update(*object);
        if (updated) return outcome.objects.push_back({key, Applied::left});
        if (is_overtaken(updated.error()) && tries < tries_max) continue;
        if (is_overtaken(updated.error())) give_up(key, updated.error());
        return outcome.refused.push_back({key, updated.error()});
    }
}

std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
    return out;
}

/// What speaks against applying the object, in words.
void check(
    const Object& stored,
    const Object& wanted,
    const std::string& manager,
    const ApplyOptions& options,
    std::vector<std::string>& conflicts
) {
    const std::string name = resources::to_text(resources::key_of(stored));
    const std::string other = resources::applied_by(stored);
    const bool is_elsewhere = other != manager && resources::is_declaring(other);
    const std::vector<std::string> contested = contested_fields(stored, wanted, manager);
    // Asked of what is in the way only: who yields may lose what it declares.
    const bool is_in_the_way = is_elsewhere || !contested.empty();
    const bool yields = is_in_the_way && options.yields && options.yields(other);
    if (is_elsewhere && !yields)
        conflicts.push_back(name + " is declared by " + other + ": change it there");
    if (!contested.empty() && !yields)
        conflicts.push_back(name + ": conflict with \"" + other + "\": " + joined(contested));
    if (!stored.metadata.owner_references.empty()) {
        const resources::OwnerReference& owner = stored.metadata.owner_references.front();
        conflicts.push_back(
            name + " belongs to " + owner.kind + '/' + owner.name + ": change it there"
        );
    }
    if (resources::is_being_deleted(stored)) {
        conflicts.push_back(name + " is being deleted: wait until it is gone");
    }
}

/// Domains before what lives in them, networks before what joins them.
std::vector<Object> in_order(const std::vector<Object>& objects) {
    const auto rank = [](const Object& object) {
        return std::distance(resources::kinds().data(), resources::find_kind(object.kind));
    };
    std::vector<Object> out = objects;
    std::stable_sort(out.begin(), out.end(), [&](const Object& a, const Object& b) {
        return rank(a) < rank(b);
    });
    return out;
}

}  // namespace

Store& Stores::of(const ObjectKey& key) const {
    const resources::Kind* kind = resources::find_kind(key.kind);
    return kind != nullptr && kind->home == resources::Home::mail ? mail : platform;
}

std::string attempt_of(const Object& object) {
    const auto* value = object.metadata.annotations.if_contains(attempt_annotation);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string{};
}

std::vector<std::string> contested_fields(
    const Object& stored, const Object& wanted, const std::string& manager
) {
    const std::string other = resources::applied_by(stored);
    const bool is_contested = !other.empty() && other != manager && !resources::is_declaring(other);
    std::vector<std::string> out;
    // What an owner makes is refused as a whole, whoever forces it.
    const bool is_owned = !stored.metadata.owner_references.empty();
    if (!is_contested || is_owned || resources::is_declaring(manager)) return out;
    for (const resources::FieldChange& change : resources::diff(stored.spec, wanted.spec))
        out.push_back(".spec." + change.path);
    return out;
}

ApplyOutcome apply(
    const Stores& stores,
    Clock& clock,
    const std::string& manager,
    const std::vector<Object>& objects,
    const ApplyOptions& options
) {
    ApplyOutcome outcome;
    std::set<ObjectKey> wanted;
    std::string silence;  // why the mail store could not be asked
    for (const Object& object : objects) {
        const ObjectKey key = resources::key_of(object);
        if (resources::find_kind(key.kind) == nullptr) {
            outcome.conflicts.push_back(resources::to_text(key) + " is of an unknown kind");
            continue;
        }
        wanted.insert(key);
        Store& store = stores.of(key);
        if (&store == &stores.mail && !silence.empty()) continue;
        try {
            const std::optional<Object> stored = store.get(key);
            if (stored) check(*stored, object, manager, options, outcome.conflicts);
        } catch (const StoreError& error) {
            if (&store != &stores.mail) throw;
            silence = error.what();
        }
    }
    if (!outcome.conflicts.empty()) return outcome;
    const std::string now = format_time(clock.now());
    for (const Object& object : in_order(objects)) {
        const ObjectKey key = resources::key_of(object);
        Store& store = stores.of(key);
        if (&store == &stores.mail && !silence.empty()) continue;
        const StoreResult<AppliedObject> result =
            apply_one(store, object, manager, now, options.retry);
        if (result)
            outcome.objects.push_back(*result);
        else
            outcome.refused.push_back({key, result.error()});
    }
    if (options.prune == Prune::yes) prune_platform(stores.platform, wanted, manager, outcome);
    if (!silence.empty())
        throw MailAway("the mail objects are not applied yet, all others are: " + silence);
    if (options.prune == Prune::yes) leave_mail(stores.mail, clock, manager, wanted, outcome);
    return outcome;
}

void leave_mail(
    Store& mail,
    Clock& clock,
    const std::string& manager,
    const std::set<ObjectKey>& wanted,
    ApplyOutcome& outcome
) {
    const std::string now = format_time(clock.now());
    for (const Object& object : mail.list({}).items) {
        const ObjectKey key = resources::key_of(object);
        if (resources::applied_by(object) == manager && !wanted.contains(key))
            leave(mail, key, manager, now, outcome);
    }
}

ApplyOutcome release(const Stores& stores, Clock& clock, const std::string& manager) {
    const std::string now = format_time(clock.now());
    ApplyOutcome outcome;
    for (Store* store : {&stores.platform, &stores.mail}) {
        for (const Object& object : store->list({}).items) {
            if (resources::applied_by(object) == manager)
                leave(*store, resources::key_of(object), manager, now, outcome);
        }
    }
    return outcome;
}

}  // namespace vectis::controller
