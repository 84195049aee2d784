#pragma once

#include "controller/clock.hpp"
#include "controller/postgres/connection_pool.hpp"
#include "controller/random.hpp"
#include "controller/store.hpp"
#include "controller/store_state.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vectis::controller {

/// The mail kinds in Postgres (manifests/sql/mail). Until `attach`, and while the server does not
/// answer, every call throws StoreError. The rules that concern one object are StoreState's, those
/// between objects the database's own.
class PostgresStore final : public Store {
public:
    PostgresStore(Clock& clock, Random& random, Duration timeout = std::chrono::seconds(5));
    ~PostgresStore() override;

    /// Thread-safe, as everything here.
    void attach(const Target& target);
    /// Who waits for a change waits no longer; the next database that is attached is another one.
    void detach();
    ConnectionPool& pool() { return pool_; }

    /// Starts the thread that follows the database and tells listeners; from then on waiting costs
    /// no queries.
    void start();
    /// Listeners hear nothing any more.
    void stop();

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
    /// Listeners hear of changes once `start` was called; first, and after a gap in the log, of
    /// every object as modified.
    void subscribe(Listener listener) override;

private:
    using Decide = std::function<StoreResult<StoreState::Verdict>(const StoreState& state)>;
    StoreResult<resources::Object> change(const resources::ObjectKey& key, const Decide& decide);
    void follow(std::stop_token stop);
    void follow_once(std::stop_token stop);
    /// True if there is more.
    bool tell_news();
    struct Told {
        std::optional<std::int64_t> version{};  ///< up to which listeners were told
        std::uint64_t detachments = 0;          ///< a version says nothing beyond one
    };
    void tell(const std::vector<Change>& changes, const Told& told);

    Clock& clock_;
    Random& random_;
    Duration timeout_;
    ConnectionPool pool_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    Told told_;
    bool is_followed_ = false;
    std::vector<Listener> listeners_;
    std::mutex random_mutex_;
    std::jthread follower_;  ///< last: it ends before the rest
};

}  // namespace vectis::controller
