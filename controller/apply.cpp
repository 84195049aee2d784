#include "controller/apply.hpp"

#include "resources/condition.hpp"
#include "resources/kind.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace vectis::controller {
namespace {

using resources::Object;
using resources::ObjectKey;

bool is_declared_elsewhere(const Object& stored, const std::string& manager) {
    const std::string owner = resources::applied_by(stored);
    return owner != manager && (owner.starts_with("file:") || owner.starts_with("git:"));
}

void set_manager(Object& object, const std::string& manager, const std::string& now) {
    auto& entries = object.metadata.managed_fields;
    std::erase_if(entries, [](const resources::ManagedFields& entry) {
        return entry.operation == "Apply";
    });
    entries.push_back({manager, "Apply", now});
}

/// The stored object as the manager wants it; equal to `stored` if there is nothing to do.
Object merged(
    const Object& stored, const Object& wanted, const std::string& manager, const std::string& now
) {
    Object out = stored;
    out.spec = wanted.spec;
    for (const auto& [name, value] : wanted.metadata.labels) out.metadata.labels[name] = value;
    for (const auto& [name, value] : wanted.metadata.annotations) {
        out.metadata.annotations[name] = value;
    }
    if (out == stored && resources::applied_by(stored) == manager) return out;
    set_manager(out, manager, now);
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

[[noreturn]] void fail(const ObjectKey& key, const StoreRefusal& refusal) {
    throw StoreError("apply " + resources::to_text(key) + ": " + refusal.message());
}

/// Somebody wrote between our look and our write: look again.
bool is_overtaken(const StoreRefusal& refusal) {
    return refusal.reason() == StoreReason::conflict ||
           refusal.reason() == StoreReason::already_exists ||
           refusal.reason() == StoreReason::not_found;
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
        set_manager(made, manager, now);
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

AppliedObject apply_one(
    Store& store,
    const Object& wanted,
    const std::string& manager,
    const std::string& now,
    Retry retry
) {
    for (int tries = 1;; ++tries) {
        const StoreResult<AppliedObject> result = try_to_apply(store, wanted, manager, now, retry);
        if (result) return *result;
        if (!is_overtaken(result.error()) || tries == tries_max) {
            fail(resources::key_of(wanted), result.error());
        }
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
            fail(key, removed.error());
    }
}

/// False if the object is gone or no longer the manager's.
bool leave(Store& store, const ObjectKey& key, const std::string& manager) {
    for (int tries = 1;; ++tries) {
        std::optional<Object> object = store.get(key);
        if (!object || resources::applied_by(*object) != manager) return false;
        std::erase_if(object->metadata.managed_fields, [](const resources::ManagedFields& entry) {
            return entry.operation == "Apply";
        });
        const StoreResult<Object> updated = store.update(*object);
        if (updated) return true;
        if (!is_overtaken(updated.error()) || tries == tries_max) fail(key, updated.error());
    }
}

void leave_mail(
    Store& store,
    const std::set<ObjectKey>& wanted,
    const std::string& manager,
    ApplyOutcome& outcome
) {
    for (const Object& object : store.list({}).items) {
        const ObjectKey key = resources::key_of(object);
        if (resources::applied_by(object) != manager || wanted.contains(key)) continue;
        if (leave(store, key, manager)) outcome.objects.push_back({key, Applied::left});
    }
}

/// What speaks against applying the object, in words.
void check(const Object& stored, const std::string& manager, std::vector<std::string>& conflicts) {
    const std::string name = resources::to_text(resources::key_of(stored));
    if (is_declared_elsewhere(stored, manager)) {
        conflicts.push_back(
            name + " is declared by " + resources::applied_by(stored) + ": change it there"
        );
    }
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

ApplyOutcome apply(
    const Stores& stores,
    Clock& clock,
    const std::string& manager,
    const std::vector<Object>& objects,
    Prune prune,
    Retry retry
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
            if (stored) check(*stored, manager, outcome.conflicts);
        } catch (const StoreError& error) {
            if (&store != &stores.mail) throw;
            silence = error.what();
        }
    }
    if (!outcome.conflicts.empty()) return outcome;
    const std::string now = format_time(clock.now());
    for (const Object& object : in_order(objects)) {
        Store& store = stores.of(resources::key_of(object));
        if (&store == &stores.mail && !silence.empty()) continue;
        outcome.objects.push_back(apply_one(store, object, manager, now, retry));
    }
    if (prune == Prune::yes) prune_platform(stores.platform, wanted, manager, outcome);
    if (!silence.empty())
        throw StoreError("the mail objects are not applied yet, all others are: " + silence);
    if (prune == Prune::yes) leave_mail(stores.mail, wanted, manager, outcome);
    return outcome;
}

}  // namespace vectis::controller
