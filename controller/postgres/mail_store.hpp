#pragma once

#include "controller/clock.hpp"
#include "controller/store.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

namespace vectis::controller {

/// The mail kinds, before and after their database exists. Closed: creates and updates are kept in
/// the pending store (the FileStore of the platform) with condition Ready=False, reason Pending;
/// reads show these; removals are refused. Open: everything is the database's, also when it does
/// not answer; what it refused stays pending, Stalled with the reason, and is tried again by the
/// next `flush`. An edit that was accepted is never undone by an older one that waits. The two
/// stores count their versions apart; those of what waits are shown far above the database's, so
/// that a watch or an edit that began with one of them is not taken for one of the other.
class MailStore final : public Store {
public:
    MailStore(Store& pending, Store& database, Clock& clock);

    struct Flushed {
        std::size_t written = 0;
        std::vector<std::string> refused{};  ///< what and why; still pending
    };
    /// Call when the database is Ready; opens, then writes what is pending. Idempotent; throws
    /// StoreError if the database does not answer, and goes on where it stopped the next time.
    Flushed flush();
    bool is_open() const { return is_open_; }
    /// There is a database that another controller opened: it is asked from now on, though it may
    /// not answer before the first `flush`.
    void expect() { open(); }
    /// Back to pending: for a database that is taken away.
    void close();

    std::optional<resources::Object> get(const resources::ObjectKey& key) override;
    ObjectList list(const Query& query) override;
    StoreResult<resources::Object> create(const resources::Object& object) override;
    StoreResult<resources::Object> update(const resources::Object& object) override;
    StoreResult<resources::Object> update_status(const resources::Object& object) override;
    StoreResult<resources::Object> remove(
        const resources::ObjectKey& key, const Preconditions& preconditions
    ) override;
    std::int64_t version() override;
    StoreResult<std::vector<Change>> changes(
        const Query& query, std::int64_t after, std::size_t limit
    ) override;
    bool wait_for_change(std::int64_t after, Duration timeout, std::stop_token stop) override;
    void subscribe(Listener listener) override;

private:
    void open();
    std::vector<resources::Object> pending_objects(const Query& query);
    std::optional<resources::Object> pending_object(const resources::ObjectKey& key);
    StoreResult<resources::Object> update_pending(const resources::Object& object);
    /// From the pending store to the database, if that takes it.
    StoreResult<resources::Object> move(const resources::ObjectKey& key);
    void forget_pending(const resources::ObjectKey& key);
    StoreResult<resources::Object> write(const resources::Object& pending);
    void mark_refused(const resources::Object& object, const std::string& why);

    Store& pending_;
    Store& database_;
    Clock& clock_;
    /// Held from the look at where an object is until it is written there. Writers wait for each
    /// other in the database anyhow.
    std::mutex writing_;
    std::atomic<bool> is_open_ = false;
};

}  // namespace vectis::controller
