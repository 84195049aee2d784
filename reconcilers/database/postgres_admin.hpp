#pragma once

#include "controller/clock.hpp"
#include "controller/manifests.hpp"
#include "reconcilers/core/database_admin.hpp"

#include <string>

namespace vectis::reconcilers {

/// The DatabaseAdmin of a real server. Logs in as role postgres; every call opens its own
/// connections.
class PostgresAdmin final : public DatabaseAdmin {
public:
    /// sql/<folder>/grants.sql is the repair, grants_fingerprint.sql tells whether it is still in
    /// force.
    explicit PostgresAdmin(
        const controller::Manifests& manifests,
        std::string folder = "mail",
        controller::Duration timeout = std::chrono::seconds(10)
    );

    DatabaseState observe(
        const DatabaseTarget& target,
        const std::map<std::string, std::string>& role_passwords,
        std::stop_token stop
    ) override;
    void create_database(const DatabaseTarget& target, std::stop_token stop) override;
    /// One transaction. Another process that migrates is an error, not a wait.
    void apply_migration(
        const DatabaseTarget& target, const Migration& migration, std::stop_token stop
    ) override;
    void ensure_role(
        const DatabaseTarget& target,
        const std::string& role,
        const std::string& password,
        std::stop_token stop
    ) override;
    void repair_grants(const DatabaseTarget& target, std::stop_token stop) override;

private:
    std::string script(const std::string& name) const;

    const controller::Manifests& manifests_;
    std::string folder_;
    controller::Duration timeout_;
};

}  // namespace vectis::reconcilers
