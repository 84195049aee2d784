#include "reconcilers/core/probe_postgres.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <array>
#include <memory>

namespace vectis::reconcilers {
namespace {

struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
};

/// libpq's texts end with a line break and may have several lines; the first says it.
ProbeFailure failure(PGconn* connection) {
    const std::string text = PQerrorMessage(connection);
    const bool is_unreachable = text.find("No route to host") != std::string::npos;
    return ProbeFailure(text.substr(0, text.find('\n')) + (is_unreachable ? route_hint : ""));
}

void wait(PGconn* connection, short events, const ProbeStream::Limits& limits) {
    // In short turns, so that a stop is seen soon.
    for (;;) {
        if (limits.stop.stop_requested()) throw ProbeImpossible("the probe was cancelled");
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            limits.end - std::chrono::steady_clock::now()
        );
        if (left.count() <= 0) throw ProbeFailure("postgres did not answer in time");
        pollfd watched{PQsocket(connection), events, 0};
        if (::poll(&watched, 1, static_cast<int>(std::min<long>(left.count(), 100))) > 0) return;
    }
}

/// A server that has no connection left works: restarting it would cut those that it has.
bool is_busy(PGconn* connection) {
    const std::string text = PQerrorMessage(connection);
    return text.find("too many clients") != std::string::npos ||
           text.find("remaining connection slots") != std::string::npos;
}

/// False if the server is too busy to let us in.
bool log_in(PGconn* connection, const ProbeStream::Limits& limits) {
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        if (state == PGRES_POLLING_FAILED && is_busy(connection)) return false;
        if (state == PGRES_POLLING_FAILED) throw failure(connection);
        wait(connection, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, limits);
        state = PQconnectPoll(connection);
    }
    return true;
}

}  // namespace

std::string probe_postgres(const ProbeTarget& target, const ProbeStream::Limits& limits) {
    const std::string port = std::to_string(target.probe.port);
    const std::string database = target.probe.database.empty() ? "postgres" : target.probe.database;
    const std::array<const char*, 8> names{
        "hostaddr", "port", "user", "password", "dbname", "sslmode", "application_name", nullptr
    };
    const std::array<const char*, 8> values{
        target.address.c_str(),
        port.c_str(),
        target.probe.user.c_str(),
        target.password.c_str(),
        database.c_str(),
        "prefer",
        "vectis probe",
        nullptr
    };
    const std::unique_ptr<PGconn, Finish> connection(
        PQconnectStartParams(names.data(), values.data(), 0)
    );
    if (!connection) throw ProbeFailure("libpq is out of memory");
    if (PQstatus(connection.get()) == CONNECTION_BAD) throw failure(connection.get());
    if (!log_in(connection.get(), limits)) return "postgres has no connection left";
    if (PQsendQuery(connection.get(), "SELECT 1") != 1) throw failure(connection.get());
    while (PQisBusy(connection.get()) == 1) {
        wait(connection.get(), POLLIN, limits);
        if (PQconsumeInput(connection.get()) != 1) throw failure(connection.get());
    }
    const std::unique_ptr<PGresult, Clear> result(PQgetResult(connection.get()));
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) throw failure(connection.get());
    return "postgres answers as " + target.probe.user;
}

}  // namespace vectis::reconcilers
