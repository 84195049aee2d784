#include "controller/postgres/postgres_store.hpp"

#include "controller/log.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace vectis::controller {
namespace {

namespace json = boost::json;
using resources::Object;
using resources::ObjectKey;

/// Longer than the time between two looks, so that a lost notification delays nobody for long.
constexpr Duration look_interval = std::chrono::seconds(1);
constexpr std::size_t batch_size = 500;

Object object_of(const std::optional<std::string>& text) {
    const json::value value = json::parse(text.value());
    return resources::from_json(value.as_object());
}

std::string text_of(const Object& object) {
    return json::serialize(resources::to_json(object));
}

std::int64_t number_of(const std::optional<std::string>& text) {
    return std::stoll(text.value());
}

std::int64_t version_in(Transaction& transaction) {
    const Rows rows = transaction.run(
        "SELECT greatest((SELECT pruned FROM resource_log_state), (SELECT max(resource_version) "
        "FROM resource_log))"
    );
    return number_of(rows.at(0).at(0));
}

std::optional<Object> find_in(Transaction& transaction, const ObjectKey& key) {
    const Rows rows = transaction.run(
        "SELECT object FROM resources WHERE kind = $1 AND namespace = $2 AND name = $3",
        {key.kind, key.ns, key.name}
    );
    return rows.empty() ? std::nullopt : std::optional(object_of(rows[0][0]));
}

/// Writes what StoreState decided and returns the object with the version that the database gave
/// it.
Object write(Transaction& transaction, const Change& change) {
    const std::string text = text_of(change.object);
    if (change.type == Change::Type::added)
        return object_of(
            transaction
                .run("INSERT INTO resources (object) VALUES ($1::jsonb) RETURNING object", {text})
                .at(0)
                .at(0)
        );
    const std::string& uid = change.object.metadata.uid;
    if (change.type == Change::Type::modified) {
        return object_of(
            transaction
                .run(
                    "UPDATE resources SET object = $1::jsonb WHERE uid = $2::uuid RETURNING object",
                    {text, uid}
                )
                .at(0)
                .at(0)
        );
    }
    transaction.run("SELECT set_config('vectis.last_state', $1, true)", {text});
    transaction.run("DELETE FROM resources WHERE uid = $1::uuid", {uid});
    return object_of(
        transaction.run("SELECT object FROM resource_log ORDER BY resource_version DESC LIMIT 1")
            .at(0)
            .at(0)
    );
}

/// The database's own rules, as refusals; anything else is an error of ours or of the server.
std::optional<StoreRefusal> refusal_of(const SqlError& error, const ObjectKey& key) {
    const std::string message = error.what();
    const std::string first = message.substr(message.starts_with("ERROR:  ") ? 8 : 0);
    const std::string reason = first.substr(0, first.find(" CONTEXT:"));
    if (error.state() == "23505")
        return StoreRefusal(
            StoreReason::already_exists,
            resources::to_text(key) + ": an object with that address or uid exists already"
        );
    if (error.state().starts_with("VM") || error.state().starts_with("22") ||
        error.state() == "23514" || error.state() == "23502" || error.state() == "23503") {
        return StoreRefusal(StoreReason::refused, resources::to_text(key) + ": " + reason);
    }
    return std::nullopt;
}

Change::Type type_of(const std::string& text) {
    if (text == "ADDED") return Change::Type::added;
    return text == "DELETED" ? Change::Type::deleted : Change::Type::modified;
}

StoreResult<std::vector<Change>> changes_in(
    Transaction& transaction, const Query& query, std::int64_t after, std::size_t limit
) {
    if (after < number_of(transaction.run("SELECT pruned FROM resource_log_state").at(0).at(0))) {
        return StoreRefusal(
            StoreReason::expired, "version " + std::to_string(after) + " is too old; list again"
        );
    }
    const Rows rows = transaction.run(
        "SELECT resource_version, type, object, previous FROM resource_log WHERE resource_version "
        "> $1::bigint"
        " AND ($2 = '' OR object ->> 'kind' = $2) AND ($3 = '' OR object #>> "
        "'{metadata,namespace}' = $3) ORDER BY resource_version LIMIT $4::bigint",
        {std::to_string(after), query.kind, query.ns, std::to_string(limit)}
    );
    std::vector<Change> out;
    for (const Row& row : rows) {
        Change change{type_of(row[1].value()), number_of(row[0]), object_of(row[2]), std::nullopt};
        if (row[3]) change.previous = object_of(row[3]);
        out.push_back(std::move(change));
    }
    return out;
}

/// One moment for all statements that follow.
void freeze(Transaction& transaction) {
    transaction.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

}  // namespace

PostgresStore::PostgresStore(Clock& clock, Random& random, Duration timeout)
    : clock_(clock), random_(random), timeout_(timeout) {}

PostgresStore::~PostgresStore() = default;

void PostgresStore::attach(const Target& target) {
    pool_.attach(target);
    changed_.notify_all();
}

void PostgresStore::detach() {
    pool_.detach();
    {
        const std::scoped_lock lock(mutex_);
        told_ = {std::nullopt, told_.detachments + 1};
    }
    changed_.notify_all();
}

std::optional<Object> PostgresStore::get(const ObjectKey& key) {
    std::optional<Object> found;
    pool_.transact({timeout_}, [&](Transaction& transaction) {
        found = find_in(transaction, key);
    });
    return found;
}

ObjectList PostgresStore::list(const Query& query) {
    ObjectList out;
    pool_.transact({timeout_}, [&](Transaction& transaction) {
        freeze(transaction);
        out.version = version_in(transaction);
        const Rows rows = transaction.run(
            "SELECT object FROM resources WHERE ($1 = '' OR kind = $1) AND ($2 = '' OR namespace = "
            "$2)"
            " ORDER BY kind COLLATE \"C\", namespace COLLATE \"C\", name COLLATE \"C\"",
            {query.kind, query.ns}
        );
        for (const Row& row : rows) out.items.push_back(object_of(row[0]));
    });
    return out;
}

StoreResult<Object> PostgresStore::change(const ObjectKey& key, const Decide& decide) {
    StoreResult<Object> outcome = Object{};
    try {
        pool_.transact({timeout_}, [&](Transaction& transaction) {
            // First of all locks, so that all writers take them in one order.
            transaction.run("SELECT lock_resource_versions()");
            StoreState state;
            std::vector<Object> stored;
            if (std::optional<Object> found = find_in(transaction, key))
                stored.push_back(std::move(*found));
            state.restore(std::move(stored), 0);
            const StoreResult<StoreState::Verdict> verdict = decide(state);
            if (!verdict)
                outcome = verdict.error();
            else
                outcome = verdict->change ? write(transaction, *verdict->change) : verdict->object;
        });
    } catch (const SqlError& error) {
        if (std::optional<StoreRefusal> refusal = refusal_of(error, key)) return *refusal;
        throw;
    }
    return outcome;
}

StoreResult<Object> PostgresStore::create(const Object& object) {
    return change(resources::key_of(object), [&](const StoreState& state) {
        const std::scoped_lock lock(random_mutex_);
        return state.create(object, {clock_.now(), random_});
    });
}

StoreResult<Object> PostgresStore::update(const Object& object) {
    return change(resources::key_of(object), [&](const StoreState& state) {
        return state.update(object);
    });
}

StoreResult<Object> PostgresStore::update_status(const Object& object) {
    return change(resources::key_of(object), [&](const StoreState& state) {
        return state.update_status(object);
    });
}

StoreResult<Object> PostgresStore::remove(
    const ObjectKey& key, const Preconditions& preconditions
) {
    return change(key, [&](const StoreState& state) {
        return state.remove(key, preconditions, clock_.now());
    });
}

std::int64_t PostgresStore::version() {
    std::int64_t version = 0;
    pool_.transact({timeout_}, [&](Transaction& transaction) {
        version = version_in(transaction);
    });
    return version;
}

StoreResult<std::vector<Change>> PostgresStore::changes(
    const Query& query, std::int64_t after, std::size_t limit
) {
    StoreResult<std::vector<Change>> out = std::vector<Change>{};
    pool_.transact({timeout_}, [&](Transaction& transaction) {
        freeze(transaction);
        out = changes_in(transaction, query, after, limit);
    });
    return out;
}

bool PostgresStore::wait_for_change(std::int64_t after, Duration timeout, std::stop_token stop) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        if (is_followed_)
            return changed_.wait_until(lock, stop, deadline, [&] {
                return !pool_.target() || (told_.version && *told_.version > after);
            });
        lock.unlock();
        if (version() > after) return true;
        lock.lock();
        const auto now = std::chrono::steady_clock::now();
        if (now >= deadline) return false;
        changed_.wait_until(
            lock,
            stop,
            std::min(deadline, now + std::chrono::milliseconds(100)),
            [] { return false; }
        );
    }
    return false;
}

void PostgresStore::subscribe(Listener listener) {
    const std::scoped_lock lock(mutex_);
    listeners_.push_back(std::move(listener));
}

void PostgresStore::start() {
    const std::scoped_lock lock(mutex_);
    if (is_followed_) return;
    is_followed_ = true;
    follower_ = std::jthread([this](const std::stop_token& stop) { follow(stop); });
}

void PostgresStore::stop() {
    follower_ = {};
}

void PostgresStore::follow(std::stop_token stop) {
    while (!stop.stop_requested()) {
        try {
            if (pool_.target()) follow_once(stop);
        } catch (const std::exception& error) {
            log::warn("the mail database cannot be followed", {{"error", error.what()}});
        }
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, look_interval, [] { return false; });
    }
}

void PostgresStore::follow_once(std::stop_token stop) {
    const std::optional<Target> target = pool_.target();
    Connection connection(*target, {timeout_, stop});
    connection.command("LISTEN vectis_resources", {timeout_, stop});
    while (!stop.stop_requested() && pool_.target() == target) {
        while (tell_news()) {
        }
        // A notification only ends the wait; a query takes it from the socket, and finds a lost
        // connection.
        if (connection.wait_for_input({look_interval, stop}))
            connection.command("SELECT 1", {timeout_, stop});
    }
}

bool PostgresStore::tell_news() {
    Told told;
    {
        const std::scoped_lock lock(mutex_);
        told = told_;
    }
    const std::optional<std::int64_t> after = told.version;
    const std::int64_t now = version();
    if (after == now) return false;
    // The first time, and when the log has a gap or is another one, everything is news.
    StoreResult<std::vector<Change>> news =
        StoreRefusal(StoreReason::expired, "nothing was told before");
    if (after && *after < now) news = changes({}, *after, batch_size);
    if (news) {
        tell(*news, {news->empty() ? now : news->back().version, told.detachments});
        return news->size() == batch_size;
    }
    const ObjectList all = list({});
    std::vector<Change> everything;
    for (const Object& object : all.items)
        everything.push_back({Change::Type::modified, all.version, object, std::nullopt});
    tell(everything, {all.version, told.detachments});
    return false;
}

void PostgresStore::tell(const std::vector<Change>& changes, const Told& told) {
    std::vector<Listener> listeners;
    {
        const std::scoped_lock lock(mutex_);
        listeners = listeners_;
    }
    for (const Change& change : changes) {
        for (const Listener& listener : listeners) listener(change);
    }
    {
        const std::scoped_lock lock(mutex_);
        if (told_.detachments == told.detachments) told_ = told;
    }
    changed_.notify_all();
}

}  // namespace vectis::controller
