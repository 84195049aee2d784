#include "controller/store_state.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace vectis::controller {
namespace {

using resources::Object;
using resources::ObjectKey;

// Watchers that are further behind than this list again.
constexpr std::size_t log_size_max = 10'000;
constexpr std::size_t log_bytes_max = 8U << 20U;

/// A value in memory takes some times as much; it is the growth that is bounded.
std::size_t size_of(const Change& change) {
    const std::size_t size = boost::json::serialize(resources::to_json(change.object)).size();
    return change.previous ? 2 * size : size;
}

StoreRefusal refuse(StoreReason reason, const ObjectKey& key, const std::string& why) {
    return {reason, resources::to_text(key) + ' ' + why};
}

std::optional<StoreRefusal> check_version(const Object& stored, const std::string& wanted) {
    if (wanted.empty() || wanted == stored.metadata.resource_version) return std::nullopt;
    return refuse(
        StoreReason::conflict,
        resources::key_of(stored),
        "has been changed: it is at version " + stored.metadata.resource_version + ", not " + wanted
    );
}

}  // namespace

const Object* StoreState::find(const ObjectKey& key) const {
    const auto place = objects_.find(key);
    return place == objects_.end() ? nullptr : &place->second;
}

StoreState::Verdict StoreState::modified(const Object& before, Object after) const {
    if (after == before) return {before, std::nullopt};
    const std::int64_t version = version_ + 1;
    after.metadata.resource_version = std::to_string(version);
    return {after, Change{Change::Type::modified, version, after, before}};
}

StoreState::Verdict StoreState::removed(const Object& before, Object after) const {
    const std::int64_t version = version_ + 1;
    after.metadata.resource_version = std::to_string(version);
    return {after, Change{Change::Type::deleted, version, after, before}};
}

StoreResult<StoreState::Verdict> StoreState::create(const Object& object, const Stamp& stamp)
    const {
    const ObjectKey key = resources::key_of(object);
    if (find(key) != nullptr) return refuse(StoreReason::already_exists, key, "exists already");
    Object made = object;
    made.metadata.generation = 1;
    if (made.metadata.uid.empty()) made.metadata.uid = stamp.random.uuid(stamp.now);
    made.metadata.creation_timestamp = format_time(stamp.now);
    made.metadata.deletion_timestamp.clear();
    const std::int64_t version = version_ + 1;
    made.metadata.resource_version = std::to_string(version);
    return Verdict{made, Change{Change::Type::added, version, made, std::nullopt}};
}

StoreResult<StoreState::Verdict> StoreState::update(const Object& object) const {
    const ObjectKey key = resources::key_of(object);
    const Object* stored = find(key);
    if (stored == nullptr) return refuse(StoreReason::not_found, key, "does not exist");
    if (std::optional<StoreRefusal> stale =
            check_version(*stored, object.metadata.resource_version))
        return *stale;
    if (!object.metadata.uid.empty() && object.metadata.uid != stored->metadata.uid)
        return refuse(StoreReason::conflict, key, "is another object of that name");
    Object after = *stored;
    after.spec = object.spec;
    after.metadata.labels = object.metadata.labels;
    after.metadata.annotations = object.metadata.annotations;
    after.metadata.finalizers = object.metadata.finalizers;
    after.metadata.owner_references = object.metadata.owner_references;
    after.metadata.managed_fields = object.metadata.managed_fields;
    if (after.spec != stored->spec) ++after.metadata.generation;
    if (resources::is_being_deleted(after) && after.metadata.finalizers.empty())
        return removed(*stored, std::move(after));
    return modified(*stored, std::move(after));
}

StoreResult<StoreState::Verdict> StoreState::update_status(const Object& object) const {
    const ObjectKey key = resources::key_of(object);
    const Object* stored = find(key);
    if (stored == nullptr) return refuse(StoreReason::not_found, key, "does not exist");
    if (std::optional<StoreRefusal> stale =
            check_version(*stored, object.metadata.resource_version))
        return *stale;
    if (!object.metadata.uid.empty() && object.metadata.uid != stored->metadata.uid)
        return refuse(StoreReason::conflict, key, "is another object of that name");
    Object after = *stored;
    after.status = object.status;
    return modified(*stored, std::move(after));
}

StoreResult<StoreState::Verdict> StoreState::remove(
    const ObjectKey& key, const Preconditions& preconditions, Time now
) const {
    const Object* stored = find(key);
    if (stored == nullptr) return refuse(StoreReason::not_found, key, "does not exist");
    if (!preconditions.uid.empty() && preconditions.uid != stored->metadata.uid)
        return refuse(StoreReason::conflict, key, "is another object of that name");
    if (std::optional<StoreRefusal> stale = check_version(*stored, preconditions.resource_version))
        return *stale;
    Object after = *stored;
    if (after.metadata.deletion_timestamp.empty())
        after.metadata.deletion_timestamp = format_time(now);
    if (after.metadata.finalizers.empty()) return removed(*stored, std::move(after));
    return modified(*stored, std::move(after));
}

void StoreState::commit(const Change& change) {
    version_ = change.version;
    const ObjectKey key = resources::key_of(change.object);
    if (change.type == Change::Type::deleted)
        objects_.erase(key);
    else
        objects_[key] = change.object;
    log_.push_back({change, size_of(change)});
    log_bytes_ += log_.back().size_bytes;
    while (log_.size() > 1 && (log_.size() > log_size_max || log_bytes_ > log_bytes_max)) {
        pruned_ = log_.front().change.version;
        log_bytes_ -= log_.front().size_bytes;
        log_.pop_front();
    }
}

std::optional<Object> StoreState::get(const ObjectKey& key) const {
    const Object* found = find(key);
    return found == nullptr ? std::nullopt : std::optional(*found);
}

ObjectList StoreState::list(const Query& query) const {
    ObjectList out;
    out.version = version_;
    for (const auto& [key, object] : objects_) {
        if (query.matches(key)) out.items.push_back(object);
    }
    return out;
}

StoreResult<std::vector<Change>> StoreState::changes(
    const Query& query, std::int64_t after, std::size_t limit
) const {
    if (after < pruned_)
        return StoreRefusal{
            StoreReason::expired, "version " + std::to_string(after) + " is too old; list again"
        };
    std::vector<Change> out;
    const auto first = std::lower_bound(
        log_.begin(),
        log_.end(),
        after + 1,
        [](const Logged& entry, std::int64_t version) { return entry.change.version < version; }
    );
    for (auto entry = first; entry != log_.end() && out.size() < limit; ++entry) {
        if (query.matches(resources::key_of(entry->change.object))) out.push_back(entry->change);
    }
    return out;
}

void StoreState::restore(std::vector<Object> objects, std::int64_t version) {
    objects_.clear();
    for (Object& object : objects) objects_[resources::key_of(object)] = std::move(object);
    log_.clear();
    log_bytes_ = 0;
    version_ = version;
    pruned_ = version;
}

}  // namespace vectis::controller
