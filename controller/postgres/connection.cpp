#include "controller/postgres/connection.hpp"

#include "controller/postgres/watchdog.hpp"

#include <poll.h>
#include <pqxx/pqxx>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <functional>

namespace vectis::controller {
namespace {

/// A value of a connection string: in quotes, with quotes and backslashes escaped.
std::string conninfo_value(const std::string& text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + '\'';
}

std::string conninfo(const Target& target, Duration timeout) {
    // libpq counts whole seconds and takes less than two for two.
    const auto seconds =
        std::max<std::int64_t>(2, std::chrono::ceil<std::chrono::seconds>(timeout).count());
    return "host=" + conninfo_value(target.host) + " port=" + std::to_string(target.port) +
           " dbname=" + conninfo_value(target.database) + " user=" + conninfo_value(target.user) +
           " password=" + conninfo_value(target.password) +
           " connect_timeout=" + std::to_string(seconds) +
           " application_name=vectis client_encoding=UTF8";
}

std::string where(const Target& target) {
    return "Postgres at " + target.host + ':' + std::to_string(target.port);
}

/// libpq ends its messages with a line break and may write several lines.
std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

private:
    int number_;
};

/// libpqxx 6 forgets the code of the errors that have a type of their own; without one, the
/// connection is lost.
std::string state_of(const pqxx::sql_error& error) {
    if (!error.sqlstate().empty()) return error.sqlstate();
    if (dynamic_cast<const pqxx::insufficient_privilege*>(&error) != nullptr) return "42501";
    if (dynamic_cast<const pqxx::unique_violation*>(&error) != nullptr) return "23505";
    if (dynamic_cast<const pqxx::check_violation*>(&error) != nullptr) return "23514";
    if (dynamic_cast<const pqxx::not_null_violation*>(&error) != nullptr) return "23502";
    if (dynamic_cast<const pqxx::foreign_key_violation*>(&error) != nullptr) return "23503";
    if (dynamic_cast<const pqxx::undefined_table*>(&error) != nullptr) return "42P01";
    if (dynamic_cast<const pqxx::syntax_error*>(&error) != nullptr) return "42601";
    return {};
}

Rows rows_of(const pqxx::result& result) {
    Rows rows;
    rows.reserve(static_cast<std::size_t>(result.size()));
    for (const auto& line : result) {
        Row row;
        for (const auto& cell : line)
            row.push_back(cell.is_null() ? std::nullopt : std::optional<std::string>(cell.c_str()));
        rows.push_back(std::move(row));
    }
    return rows;
}

/// The call with arguments is spelt differently in every libpqxx.
pqxx::result execute(
    pqxx::transaction_base& transaction,
    const std::string& sql,
    const std::vector<std::string>& arguments
) {
#if PQXX_VERSION_MAJOR >= 7
    pqxx::params parameters;
    for (const std::string& argument : arguments) parameters.append(argument);
#if PQXX_VERSION_MAJOR > 7 || PQXX_VERSION_MINOR >= 10
    return transaction.exec(sql, parameters);
#else
    return transaction.exec_params(sql, parameters);
#endif
#else
    return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(arguments));
#endif
}

}  // namespace

struct Connection::Session {
    Session(const Target& to, Duration timeout)
        : target(to), connection(conninfo(to, timeout)), socket(::dup(connection.sock())) {
        if (socket.number() < 0) throw StoreError(where(to) + ": no descriptor is free");
#if PQXX_VERSION_MAJOR < 7
        // Deprecated because version 7 has nothing to inhibit; version 6 reconnects in silence
        // without it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
        connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
    }

    Target target;
    pqxx::connection connection;
    /// Of our own: libpq closes its descriptor when it likes, and the number may be another file
    /// then.
    Descriptor socket;
};

Connection::Connection(const Target& target, const Patience& patience) {
    try {
        session_ = std::make_unique<Session>(target, patience.timeout);
    } catch (const pqxx::failure& error) {
        throw StoreError(
            where(target) + " does not let " + target.user + " in: " + one_line(error.what())
        );
    }
}

Connection::~Connection() = default;

bool Connection::wait_for_input(const Patience& patience) const {
    const Descriptor wake(::eventfd(0, EFD_CLOEXEC));
    if (wake.number() < 0) throw StoreError("no descriptor is free");
    const std::stop_callback on_stop(patience.stop, [&wake] { ::eventfd_write(wake.number(), 1); });
    pollfd waits[] = {{session_->socket.number(), POLLIN, 0}, {wake.number(), POLLIN, 0}};
    const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(patience.timeout).count();
    if (::poll(waits, 2, static_cast<int>(std::min<std::int64_t>(timeout, 3'600'000))) <= 0)
        return false;
    return waits[0].revents != 0;
}

struct Transaction::Work {
    Work(Connection::Session& session, const Patience& patience)
        : target(session.target),
          timeout(patience.timeout),
          watchdog(session.socket.number(), patience.timeout, patience.stop) {}

    const Target& target;
    Duration timeout;
    Watchdog watchdog;  ///< before the transaction: rolling back may hang too
    std::optional<pqxx::work> work;
};

template <class Act>
auto Transaction::guarded(Act act) {
    try {
        return act();
    } catch (const pqxx::sql_error& error) {
        if (const std::string state = state_of(error); !state.empty())
            throw SqlError(state, one_line(error.what()));
        connection_.is_broken_ = true;
        throw StoreError(where(work_->target) + ": " + one_line(error.what()));
    } catch (const pqxx::failure& error) {
        connection_.is_broken_ = true;
        if (!work_->watchdog.has_fired())
            throw StoreError(where(work_->target) + ": " + one_line(error.what()));
        throw StoreError(
            where(work_->target) + " did not answer within " +
            std::to_string(work_->timeout.count() / 1000) + " ms"
        );
    }
}

Transaction::Transaction(Connection& connection, const Patience& patience)
    : connection_(connection), work_(std::make_unique<Work>(*connection.session_, patience)) {
    guarded([&] { work_->work.emplace(connection.session_->connection); });
}

Transaction::~Transaction() {
    work_->work.reset();
    if (work_->watchdog.has_fired()) connection_.is_broken_ = true;
}

Rows Transaction::run(const std::string& sql, const std::vector<std::string>& arguments) {
    return guarded([&] { return rows_of(execute(*work_->work, sql, arguments)); });
}

void Transaction::run_script(const std::string& sql) {
    guarded([&] { work_->work->exec(sql); });
}

std::string Transaction::quote(const std::string& text) const {
    return work_->work->quote(text);
}

std::string Transaction::quote_name(const std::string& name) const {
    return work_->work->quote_name(name);
}

void Transaction::commit() {
    guarded([&] { work_->work->commit(); });
}

void Connection::command(const std::string& sql, const Patience& patience) {
    const Watchdog watchdog(session_->socket.number(), patience.timeout, patience.stop);
    try {
        pqxx::nontransaction direct(session_->connection);
        direct.exec(sql);
    } catch (const pqxx::sql_error& error) {
        if (const std::string state = state_of(error); !state.empty())
            throw SqlError(state, one_line(error.what()));
        is_broken_ = true;
        throw StoreError(where(session_->target) + ": " + one_line(error.what()));
    } catch (const pqxx::failure& error) {
        is_broken_ = true;
        throw StoreError(where(session_->target) + ": " + one_line(error.what()));
    }
}

}  // namespace vectis::controller
