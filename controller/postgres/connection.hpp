#pragma once

#include "controller/clock.hpp"
#include "controller/postgres/target.hpp"
#include "controller/store.hpp"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace vectis::controller {

/// Postgres said no. `state` is the SQLSTATE.
class SqlError final : public StoreError {
public:
    SqlError(std::string state, const std::string& message)
        : StoreError(message), state_(std::move(state)) {}
    const std::string& state() const { return state_; }

private:
    std::string state_;
};

/// How long an answer may take, and what ends the wait before.
struct Patience {
    Duration timeout = std::chrono::seconds(5);
    std::stop_token stop{};
};

using Row = std::vector<std::optional<std::string>>;
using Rows = std::vector<Row>;

/// One session, never reconnected: with the session go its locks and settings. After a failure that
/// leaves its state unknown it is broken and is to be thrown away. For one thread at a time.
class Connection {
public:
    /// Throws StoreError if the server does not let us in within the time.
    Connection(const Target& target, const Patience& patience);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    bool is_broken() const { return is_broken_; }
    /// A command that Postgres does not take inside a transaction: CREATE DATABASE, LISTEN.
    void command(const std::string& sql, const Patience& patience);
    /// Waits for anything from the server, a notification for instance; false at the deadline. The
    /// connection's loss is an answer too.
    bool wait_for_input(const Patience& patience) const;

private:
    friend class Transaction;
    struct Session;
    std::unique_ptr<Session> session_;
    bool is_broken_ = false;
};

/// One transaction, rolled back unless committed. No set of libpq's time-outs frees a call on a
/// server that is frozen, so a watchdog shuts the socket down when the time of the whole
/// transaction is over, or on stop.
class Transaction {
public:
    Transaction(Connection& connection, const Patience& patience);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    /// One statement; $1 … stand for `arguments`.
    Rows run(const std::string& sql, const std::vector<std::string>& arguments = {});
    /// Several statements without arguments.
    void run_script(const std::string& sql);
    /// As a literal and as a name, for the few commands that take no arguments.
    std::string quote(const std::string& text) const;
    std::string quote_name(const std::string& name) const;
    /// When it throws, it is unknown whether the changes are there.
    void commit();

private:
    template <class Act>
    auto guarded(Act act);

    struct Work;
    Connection& connection_;
    std::unique_ptr<Work> work_;
};

}  // namespace vectis::controller
