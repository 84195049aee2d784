#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace vectis::reconcilers {

struct DatabaseTarget {
    std::string address{};
    std::uint16_t port = 5432;
    std::string database{};
    std::string superuser_password{};
};

struct Migration {
    std::int64_t number = 0;
    std::string name{};
    std::string sql{};
    std::string checksum{};  ///< SHA-256 of sql, hex
};

/// What is true in the database now.
struct DatabaseState {
    bool exists = false;
    std::map<std::int64_t, std::string> migrations{};  ///< applied: number → checksum
    std::vector<std::string> roles{};  ///< that exist and can log in with the declared password
    bool grants_match =
        false;  ///< grants and views are as the migrations' repair script leaves them
};

/// The acts of the Database reconciler on a real Postgres or on a model of one. Every call has a
/// deadline; a call that ends without an answer throws controller::StoreError.
class DatabaseAdmin {
public:
    DatabaseAdmin() = default;
    DatabaseAdmin(const DatabaseAdmin&) = delete;
    DatabaseAdmin& operator=(const DatabaseAdmin&) = delete;
    virtual ~DatabaseAdmin() = default;

    virtual DatabaseState observe(
        const DatabaseTarget& target,
        const std::map<std::string, std::string>& role_passwords,
        std::stop_token stop
    ) = 0;
    virtual void create_database(const DatabaseTarget& target, std::stop_token stop) = 0;
    virtual void apply_migration(
        const DatabaseTarget& target, const Migration& migration, std::stop_token stop
    ) = 0;
    virtual void ensure_role(
        const DatabaseTarget& target,
        const std::string& role,
        const std::string& password,
        std::stop_token stop
    ) = 0;
    virtual void repair_grants(const DatabaseTarget& target, std::stop_token stop) = 0;
};

}  // namespace vectis::reconcilers
