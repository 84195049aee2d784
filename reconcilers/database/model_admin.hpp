#pragma once

#include "reconcilers/core/database_admin.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace vectis::reconcilers {

/// A Postgres in memory, for the simulation and for plans; it outlives simulated controllers. The
/// superuser has the password that the cluster was made with, for ever.
class ModelAdmin final : public DatabaseAdmin {
public:
    DatabaseState observe(
        const DatabaseTarget& target,
        const std::map<std::string, std::string>& role_passwords,
        std::stop_token stop
    ) override;
    void create_database(const DatabaseTarget& target, std::stop_token stop) override;
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

    /// Puts back what was found in a database; its grants are taken to match.
    void restore(
        const std::string& database,
        std::map<std::int64_t, std::string> migrations,
        const std::map<std::string, std::string>& role_passwords
    );
    /// Makes the cluster; only the first call counts. Without it, whoever asks first has made it.
    void make_cluster(const std::string& superuser_password);
    /// While set, every call ends without an answer.
    void set_unreachable(bool is_unreachable);
    /// Somebody changes a grant by hand.
    void disturb_grants();

private:
    struct Content {
        std::map<std::int64_t, std::string> migrations{};
        bool grants_match = false;
    };
    Content& content_of(const DatabaseTarget& target);
    void log_in(const DatabaseTarget& target);

    std::mutex mutex_;
    std::map<std::string, Content> databases_;
    std::map<std::string, std::string> roles_;
    std::optional<std::string> superuser_password_;
    bool is_unreachable_ = false;
};

}  // namespace vectis::reconcilers
