#pragma once

#include "reconcilers/core/database_admin.hpp"

#include <map>
#include <mutex>
#include <string>

namespace vectis::reconcilers {

/// A Postgres in memory, for the simulation and for plans; it outlives simulated controllers.
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
    void require_answer() const;

    std::mutex mutex_;
    std::map<std::string, Content> databases_;
    std::map<std::string, std::string> roles_;
    bool is_unreachable_ = false;
};

}  // namespace vectis::reconcilers
