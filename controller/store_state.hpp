#pragma once

#include "controller/random.hpp"
#include "controller/store.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

namespace vectis::controller {

/// The rules of a store as a value: each verb checks, and says what would change; `commit` makes it
/// so. Between the two the caller writes the change to its medium. Not thread-safe: its owner holds
/// the lock.
class StoreState {
public:
    struct Stamp {
        Time now{};
        Random& random;
    };
    /// A change without effect on the medium has no `change`.
    struct Verdict {
        resources::Object object{};
        std::optional<Change> change{};
    };

    StoreResult<Verdict> create(const resources::Object& object, const Stamp& stamp) const;
    StoreResult<Verdict> update(const resources::Object& object) const;
    StoreResult<Verdict> update_status(const resources::Object& object) const;
    StoreResult<Verdict> remove(
        const resources::ObjectKey& key, const Preconditions& preconditions, Time now
    ) const;
    void commit(const Change& change);

    std::optional<resources::Object> get(const resources::ObjectKey& key) const;
    ObjectList list(const Query& query) const;
    std::int64_t version() const { return version_; }
    StoreResult<std::vector<Change>> changes(
        const Query& query, std::int64_t after, std::size_t limit
    ) const;

    /// Puts back what was stored; the log of changes starts empty at `version`.
    void restore(std::vector<resources::Object> objects, std::int64_t version);

private:
    const resources::Object* find(const resources::ObjectKey& key) const;
    Verdict modified(const resources::Object& before, resources::Object after) const;
    Verdict removed(const resources::Object& before, resources::Object after) const;

    std::map<resources::ObjectKey, resources::Object> objects_;
    struct Logged {
        Change change{};
        std::size_t size_bytes = 0;  ///< about
    };
    std::deque<Logged> log_;
    std::size_t log_bytes_ = 0;
    std::int64_t version_ = 0;
    std::int64_t pruned_ = 0;  ///< changes up to this version are no longer in the log
};

}  // namespace vectis::controller
