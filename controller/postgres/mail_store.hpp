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
/// not answer; what it refused stays pending, with the reason, and is tried again by the next
/// `flush`. Versions of the two stores are different counts: a watch that began before `flush` may
/// be told to list again.
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
    /// Back to pending: for a database that is taken away.
    void close() { is_open_ = false; }

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
    std::vector<resources::Object> pending_objects(const Query& query);
    StoreResult<resources::Object> write(const resources::Object& pending);
    void mark(
        const resources::Object& object, const std::string& reason, const std::string& message
    );

    Store& pending_;
    Store& database_;
    Clock& clock_;
    std::mutex flushing_;
    std::atomic<bool> is_open_ = false;
};

}  // namespace vectis::controller
