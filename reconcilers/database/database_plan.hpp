#pragma once

#include "reconcilers/core/database_admin.hpp"
#include "reconcilers/core/status.hpp"

#include <string>
#include <vector>

namespace vectis::reconcilers {

struct DesiredDatabase {
    std::string database{};
    std::vector<Migration> migrations{};  ///< in order of number
    std::vector<std::string> roles{};
};

struct DatabaseAction {
    enum class Type { create_database, apply_migration, ensure_role, repair_grants };
    Type type = Type::create_database;
    std::string subject{};  ///< database, role
    Migration migration{};
    std::string cause{};

    friend bool operator==(const DatabaseAction& left, const DatabaseAction& right) {
        return left.type == right.type && left.subject == right.subject &&
               left.migration.number == right.migration.number && left.cause == right.cause;
    }
};

/// "apply migration 0001 resources"
std::string to_text(const DatabaseAction& action);

struct DatabasePlan {
    std::vector<DatabaseAction> actions{};
    StatusNote stalled{};  ///< reason not empty: nothing can be done, and why
};

/// What makes the database as declared, in order; every prefix is safe. Migrations are never
/// undone: applied ones that are not declared (a newer release wrote them) stay, one whose text has
/// changed since stops everything. Pure.
DatabasePlan database_plan(const DesiredDatabase& desired, const DatabaseState& observed);

}  // namespace vectis::reconcilers
