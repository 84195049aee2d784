#pragma once

#include "controller/clock.hpp"
#include "resources/object.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace vectis::controller {

enum class StoreReason {
    not_found,
    already_exists,
    conflict,  ///< resourceVersion or uid differs from the precondition
    refused,   ///< a rule of the store: Domain with mailboxes, terminating namespace …
    expired,   ///< the wanted version is no longer in the log (410)
};

class StoreRefusal {
public:
    StoreRefusal() = default;
    StoreRefusal(StoreReason reason, std::string message)
        : reason_(reason), message_(std::move(message)) {}

    StoreReason reason() const { return reason_; }
    const std::string& message() const { return message_; }

private:
    StoreReason reason_ = StoreReason::refused;
    std::string message_;
};

[[noreturn]] void throw_exception_from_error(
    const StoreRefusal& refusal, const boost::source_location& location
);

template <class T>
using StoreResult = boost::system::result<T, StoreRefusal>;

/// The store could not be asked, or it is unknown whether it did what was asked.
class StoreError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Empty members match everything.
struct Query {
    std::string kind{};
    std::string ns{};

    bool matches(const resources::ObjectKey& key) const;
};

struct ObjectList {
    std::vector<resources::Object> items{};  ///< sorted by key
    std::int64_t version = 0;                ///< the store's version at which the list was true
};

struct Change {
    enum class Type { added, modified, deleted };
    Type type = Type::added;
    std::int64_t version = 0;
    resources::Object object{};  ///< the last state, for deleted too
    std::optional<resources::Object> previous{};
};

/// Whether anything but the status differs.
bool is_edit(const Change& change);

/// Precondition of a removal; empty members are not checked.
struct Preconditions {
    std::string uid{};
    std::string resource_version{};
};

/// Objects by key, with Kubernetes' rules for versions:
/// - `create` gives uid (kept if the object has one already), generation 1, creationTimestamp,
/// resourceVersion;
/// - `update` replaces spec and metadata (labels, annotations, finalizers, owner references,
/// managed fields), keeps status and
///   uid, and increases the generation if and only if the spec differs; a non-empty resourceVersion
///   is a precondition; an object equal to the stored one is not written and keeps its version; an
///   object that is being deleted and loses its last finalizer is removed;
/// - `update_status` replaces status only, under the same precondition, and does not touch the
/// generation;
/// - `remove` sets deletionTimestamp while there are finalizers, else removes.
/// What is returned has been acknowledged by the medium (fsync, commit). Thread-safe.
class Store {
public:
    using Listener = std::function<void(const Change&)>;

    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    virtual ~Store() = default;

    virtual std::optional<resources::Object> get(const resources::ObjectKey& key) = 0;
    virtual ObjectList list(const Query& query) = 0;
    virtual StoreResult<resources::Object> create(const resources::Object& object) = 0;
    virtual StoreResult<resources::Object> update(const resources::Object& object) = 0;
    virtual StoreResult<resources::Object> update_status(const resources::Object& object) = 0;
    /// The object as it is after the call (with deletionTimestamp, or as it last was).
    virtual StoreResult<resources::Object> remove(
        const resources::ObjectKey& key, const Preconditions& preconditions
    ) = 0;

    virtual std::int64_t version() = 0;
    /// Changes after `version`, oldest first, at most `limit`; StoreReason::expired below the
    /// pruning point.
    virtual StoreResult<std::vector<Change>> changes(
        const Query& query, std::int64_t after, std::size_t limit
    ) = 0;
    /// Waits until the store's version is above `after`; false at the deadline or when stopped.
    virtual bool wait_for_change(std::int64_t after, Duration timeout, std::stop_token stop) = 0;
    /// Called after each change, outside any lock, in order of version. Listeners only enqueue.
    virtual void subscribe(Listener listener) = 0;
};

}  // namespace vectis::controller
