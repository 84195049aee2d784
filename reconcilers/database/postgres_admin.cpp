#include "reconcilers/database/postgres_admin.hpp"

#include "controller/postgres/connection.hpp"
#include "reconcilers/core/sha256.hpp"
#include "reconcilers/database/migrations.hpp"

#include <utility>

namespace vectis::reconcilers {
namespace {

using controller::Connection;
using controller::Patience;
using controller::Rows;
using controller::SqlError;
using controller::StoreError;
using controller::Target;
using controller::Transaction;

constexpr const char* maintenance_database = "postgres";
constexpr std::chrono::minutes migration_timeout(5);

Target as_superuser(const DatabaseTarget& target, const std::string& database) {
    return {target.address, target.port, database, "postgres", target.superuser_password};
}

bool exists(const DatabaseTarget& target, const Patience& patience) {
    Connection connection(as_superuser(target, maintenance_database), patience);
    Transaction transaction(connection, patience);
    return !transaction.run("SELECT 1 FROM pg_database WHERE datname = $1", {target.database})
                .empty();
}

bool has_bookkeeping(Transaction& transaction) {
    return transaction
               .run(
                   "SELECT to_regclass('public.schema_migrations') IS NOT NULL AND "
                   "to_regclass('public.schema_repair') IS NOT NULL"
               )
               .at(0)
               .at(0) == "t";
}

void make_bookkeeping(Transaction& transaction) {
    transaction.run_script(
        "CREATE TABLE IF NOT EXISTS schema_migrations (number bigint PRIMARY KEY, name text NOT "
        "NULL, checksum text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now());"
        "CREATE TABLE IF NOT EXISTS schema_repair (only_row boolean PRIMARY KEY DEFAULT true CHECK "
        "(only_row), script text NOT NULL, fingerprint text NOT NULL)"
    );
}

/// Whoever changes the schema holds key 2 until the commit. Never waits: a waiter blocks CREATE
/// INDEX CONCURRENTLY for ever.
void lock_schema(Transaction& transaction) {
    if (transaction.run("SELECT pg_try_advisory_xact_lock(2)").at(0).at(0) != "t")
        throw StoreError("another process changes the schema; it is tried again later");
}

/// libpq gives no code for a refused login, only the server's words (it runs with locale C). What
/// else keeps somebody out, a server without a free connection above all, says nothing about roles.
bool is_role_refused(const std::string& message) {
    for (const char* words :
         {"authentication failed",
          "does not exist",
          "is not permitted to log in",
          "permission denied for database"}) {
        if (message.find(words) != std::string::npos) return true;
    }
    return false;
}

bool can_log_in(
    const DatabaseTarget& target,
    const std::string& database,
    const std::pair<std::string, std::string>& role,
    const Patience& patience
) {
    try {
        const Connection connection(
            Target{target.address, target.port, database, role.first, role.second}, patience
        );
        return true;
    } catch (const StoreError& error) {
        if (!is_role_refused(error.what())) throw;
        return false;
    }
}

}  // namespace

PostgresAdmin::PostgresAdmin(
    const controller::Manifests& manifests, std::string folder, controller::Duration timeout
)
    : manifests_(manifests), folder_(std::move(folder)), timeout_(timeout) {}

std::string PostgresAdmin::script(const std::string& name) const {
    const std::string path = "sql/" + folder_ + '/' + name;
    std::optional<std::string> text = manifests_.read(path);
    if (!text) throw StoreError("manifests have no " + path);
    return std::move(*text);
}

DatabaseState PostgresAdmin::observe(
    const DatabaseTarget& target,
    const std::map<std::string, std::string>& role_passwords,
    std::stop_token stop
) {
    const Patience patience{timeout_, stop};
    DatabaseState state;
    state.exists = exists(target, patience);
    if (state.exists) {
        Connection connection(as_superuser(target, target.database), patience);
        Transaction transaction(connection, patience);
        if (has_bookkeeping(transaction)) {
            for (const controller::Row& row :
                 transaction.run("SELECT number, checksum FROM schema_migrations"))
                state.migrations[std::stoll(row[0].value())] = row[1].value();
            const Rows now = transaction.run(script("grants_fingerprint.sql"));
            state.grants_match =
                !transaction
                     .run(
                         "SELECT 1 FROM schema_repair WHERE script = $1 AND fingerprint = $2",
                         {sha256_hex(script("grants.sql")), now.at(0).at(0).value_or("")}
                     )
                     .empty();
        }
    }
    for (const auto& role : role_passwords) {
        if (can_log_in(
                target, state.exists ? target.database : maintenance_database, role, patience
            ))
            state.roles.push_back(role.first);
    }
    return state;
}

void PostgresAdmin::create_database(const DatabaseTarget& target, std::stop_token stop) {
    const Patience patience{timeout_, stop};
    Connection connection(as_superuser(target, maintenance_database), patience);
    std::string name;
    {
        const Transaction transaction(connection, patience);
        name = transaction.quote_name(target.database);
    }
    try {
        connection.command(
            "CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8'", patience
        );
    } catch (const SqlError& error) {
        constexpr const char* duplicate_database = "42P04";
        if (error.state() != duplicate_database) throw;
    }
}

void PostgresAdmin::apply_migration(
    const DatabaseTarget& target, const Migration& migration, std::stop_token stop
) {
    const Patience patience{migration_timeout, stop};
    Connection connection(as_superuser(target, target.database), {timeout_, stop});
    Transaction transaction(connection, patience);
    lock_schema(transaction);
    make_bookkeeping(transaction);
    const Rows applied = transaction.run(
        "SELECT checksum FROM schema_migrations WHERE number = $1::bigint",
        {std::to_string(migration.number)}
    );
    if (!applied.empty()) {
        if (applied[0][0] != migration.checksum)
            throw StoreError(
                "migration " + std::to_string(migration.number) + " was applied with another text"
            );
        return;
    }
    transaction.run_script(migration.sql);
    transaction.run(
        "INSERT INTO schema_migrations (number, name, checksum) VALUES ($1::bigint, $2, $3)",
        {std::to_string(migration.number), migration.name, migration.checksum}
    );
    transaction.commit();
}

void PostgresAdmin::ensure_role(
    const DatabaseTarget& target,
    const std::string& role,
    const std::string& password,
    std::stop_token stop
) {
    const Patience patience{timeout_, stop};
    Connection connection(as_superuser(target, maintenance_database), patience);
    Transaction transaction(connection, patience);
    // The statement holds the password, so the server must not log it, not even when it fails.
    transaction.run_script(
        "SET LOCAL log_statement = 'none'; SET LOCAL log_min_error_statement = 'panic'; SET LOCAL "
        "log_min_duration_statement = -1; SET LOCAL password_encryption = 'scram-sha-256'"
    );
    const bool is_there =
        !transaction.run("SELECT 1 FROM pg_roles WHERE rolname = $1", {role}).empty();
    transaction.run_script(
        (is_there ? "ALTER ROLE " : "CREATE ROLE ") + transaction.quote_name(role) +
        " LOGIN PASSWORD " + transaction.quote(password)
    );
    transaction.commit();
}

void PostgresAdmin::repair_grants(const DatabaseTarget& target, std::stop_token stop) {
    const Patience patience{timeout_, stop};
    Connection connection(as_superuser(target, target.database), patience);
    Transaction transaction(connection, patience);
    lock_schema(transaction);
    make_bookkeeping(transaction);
    const std::string repair = script("grants.sql");
    transaction.run_script(repair);
    const Rows now = transaction.run(script("grants_fingerprint.sql"));
    transaction.run(
        "INSERT INTO schema_repair (script, fingerprint) VALUES ($1, $2) ON CONFLICT (only_row) DO "
        "UPDATE SET script = excluded.script, fingerprint = excluded.fingerprint",
        {sha256_hex(repair), now.at(0).at(0).value_or("")}
    );
    transaction.commit();
}

}  // namespace vectis::reconcilers
