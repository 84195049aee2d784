#include "controller/apply.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "resources/kind.hpp"

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
    std::erase_if(entries, [](const resources::ManagedFields& entry) { return entry.operation == "Apply"; });
    entries.push_back({manager, "Apply", now});
}

/// The stored object as the manager wants it; equal to `stored` if there is nothing to do.
Object merged(const Object& stored, const Object& wanted, const std::string& manager, const std::string& now) {
    Object out = stored;
    out.spec = wanted.spec;
    for (const auto& [name, value] : wanted.metadata.labels) out.metadata.labels[name] = value;
    for (const auto& [name, value] : wanted.metadata.annotations) out.metadata.annotations[name] = value;
    if (out == stored && resources::applied_by(stored) == manager) return out;
    set_manager(out, manager, now);
    return out;
}

template <class T>
T accept(const ObjectKey& key, StoreResult<T> result) {
    if (!result) throw StoreError("apply " + resources::to_text(key) + ": " + result.error().message());
    return std::move(*result);
}

AppliedObject apply_one(Store& store, const Object& wanted, const std::string& manager, const std::string& now) {
    const ObjectKey key = resources::key_of(wanted);
    // Status and finalizers are written by others at any time; three tries outrun them.
    for (int tries = 0;; ++tries) {
        const std::optional<Object> stored = store.get(key);
        if (!stored) {
            Object made = wanted;
            made.metadata = {.name = wanted.metadata.name, .ns = wanted.metadata.ns, .labels = wanted.metadata.labels, .annotations = wanted.metadata.annotations};
            set_manager(made, manager, now);
            accept(key, store.create(made));
            return {key, Applied::created};
        }
        const Object next = merged(*stored, wanted, manager, now);
        if (next == *stored) return {key, Applied::unchanged};
        StoreResult<Object> updated = store.update(next);
        if (updated) return {key, next.spec == stored->spec ? Applied::unchanged : Applied::configured};
        if (updated.error().reason() != StoreReason::conflict || tries == 2) accept(key, std::move(updated));
    }
}

void prune_platform(Store& store, const std::set<ObjectKey>& wanted, const std::string& manager, ApplyOutcome& outcome) {
    for (const Object& object : store.list({}).items) {
        const ObjectKey key = resources::key_of(object);
        if (resources::applied_by(object) != manager || wanted.contains(key) || !object.metadata.owner_references.empty()) continue;
        const resources::Kind* kind = resources::find_kind(key.kind);
        if (kind == nullptr || kind->home != resources::Home::platform || resources::is_being_deleted(object)) continue;
        accept(key, store.remove(key, {.uid = object.metadata.uid}));
        outcome.objects.push_back({key, Applied::pruned});
    }
}

void leave_mail(Store& store, const std::set<ObjectKey>& wanted, const std::string& manager, ApplyOutcome& outcome) {
    for (Object object : store.list({}).items) {
        const ObjectKey key = resources::key_of(object);
        if (resources::applied_by(object) != manager || wanted.contains(key)) continue;
        std::erase_if(object.metadata.managed_fields, [](const resources::ManagedFields& entry) { return entry.operation == "Apply"; });
        object.metadata.resource_version.clear();
        accept(key, store.update(object));
        outcome.objects.push_back({key, Applied::left});
    }
}

}  // namespace

Store& Stores::of(const ObjectKey& key) const {
    const resources::Kind* kind = resources::find_kind(key.kind);
    return kind != nullptr && kind->home == resources::Home::mail ? mail : platform;
}

ApplyOutcome apply(const Stores& stores, Clock& clock, const std::string& manager, const std::vector<Object>& objects, Prune prune) {
    ApplyOutcome outcome;
    std::set<ObjectKey> wanted;
    for (const Object& object : objects) {
        const ObjectKey key = resources::key_of(object);
        wanted.insert(key);
        const std::optional<Object> stored = stores.of(key).get(key);
        if (!stored) continue;
        if (is_declared_elsewhere(*stored, manager)) outcome.conflicts.push_back(resources::to_text(key) + " is declared by " + resources::applied_by(*stored) + ": change it there");
        if (!stored->metadata.owner_references.empty()) {
            const resources::OwnerReference& owner = stored->metadata.owner_references.front();
            outcome.conflicts.push_back(resources::to_text(key) + " belongs to " + owner.kind + '/' + owner.name + ": change it there");
        }
        if (resources::is_being_deleted(*stored)) outcome.conflicts.push_back(resources::to_text(key) + " is being deleted: wait until it is gone");
    }
    if (!outcome.conflicts.empty()) return outcome;
    const std::string now = format_time(clock.now());
    for (const Object& object : objects) outcome.objects.push_back(apply_one(stores.of(resources::key_of(object)), object, manager, now));
    if (prune == Prune::yes) {
        prune_platform(stores.platform, wanted, manager, outcome);
        leave_mail(stores.mail, wanted, manager, outcome);
    }
    return outcome;
}

}  // namespace vectis::controller
