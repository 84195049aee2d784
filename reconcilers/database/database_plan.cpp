#include "reconcilers/database/database_plan.hpp"

#include <algorithm>

namespace vectis::reconcilers {
namespace {

using Type = DatabaseAction::Type;

std::string padded(std::int64_t number) {
    const std::string digits = std::to_string(number);
    return std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

}  // namespace

std::string to_text(const DatabaseAction& action) {
    switch (action.type) {
        case Type::create_database:
            return "create database " + action.subject;
        case Type::apply_migration:
            return "apply migration " + padded(action.migration.number) + ' ' +
                   action.migration.name;
        case Type::ensure_role:
            return "set role " + action.subject;
        case Type::repair_grants:
            return "repair views and grants of database " + action.subject;
    }
    return {};
}

DatabasePlan database_plan(const DesiredDatabase& desired, const DatabaseState& observed) {
    DatabasePlan plan;
    for (const Migration& migration : desired.migrations) {
        const auto applied = observed.migrations.find(migration.number);
        if (applied == observed.migrations.end() || applied->second == migration.checksum) continue;
        plan.stalled = {
            "MigrationChanged",
            "Migration " + padded(migration.number) + ' ' + migration.name +
                " was applied with another text; add a new migration instead of changing one."
        };
        return plan;
    }
    if (!observed.exists)
        plan.actions.push_back({Type::create_database, desired.database, {}, "it does not exist"});
    for (const Migration& migration : desired.migrations) {
        if (!observed.migrations.contains(migration.number))
            plan.actions.push_back(
                {Type::apply_migration, desired.database, migration, "it is not applied"}
            );
    }
    for (const std::string& role : desired.roles) {
        if (std::find(observed.roles.begin(), observed.roles.end(), role) == observed.roles.end())
            plan.actions.push_back(
                {Type::ensure_role, role, {}, "it cannot log in with the declared password"}
            );
    }
    const bool is_touched = !plan.actions.empty();
    if (is_touched || !observed.grants_match)
        plan.actions.push_back(
            {Type::repair_grants,
             desired.database,
             {},
             is_touched ? "the database has changed" : "they differ from the declared ones"}
        );
    return plan;
}

}  // namespace vectis::reconcilers
