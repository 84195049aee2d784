#include "reconcilers/database/model_admin.hpp"

#include "controller/store.hpp"

#include <utility>

namespace vectis::reconcilers {

void ModelAdmin::log_in(const DatabaseTarget& target) {
    if (is_unreachable_) throw controller::StoreError("Postgres does not answer");
    if (!superuser_password_) superuser_password_ = target.superuser_password;
    if (*superuser_password_ != target.superuser_password)
        throw controller::StoreError("password authentication failed for user \"postgres\"");
}

ModelAdmin::Content& ModelAdmin::content_of(const DatabaseTarget& target) {
    log_in(target);
    const auto found = databases_.find(target.database);
    if (found == databases_.end())
        throw controller::StoreError("database \"" + target.database + "\" does not exist");
    return found->second;
}

DatabaseState ModelAdmin::observe(
    const DatabaseTarget& target,
    const std::map<std::string, std::string>& role_passwords,
    std::stop_token
) {
    const std::scoped_lock lock(mutex_);
    log_in(target);
    DatabaseState state;
    if (const auto found = databases_.find(target.database); found != databases_.end()) {
        state.exists = true;
        state.migrations = found->second.migrations;
        state.grants_match = found->second.grants_match;
    }
    for (const auto& [role, password] : role_passwords) {
        const auto found = roles_.find(role);
        if (found != roles_.end() && found->second == password) state.roles.push_back(role);
    }
    return state;
}

void ModelAdmin::create_database(const DatabaseTarget& target, std::stop_token) {
    const std::scoped_lock lock(mutex_);
    log_in(target);
    databases_.try_emplace(target.database);
}

void ModelAdmin::apply_migration(
    const DatabaseTarget& target, const Migration& migration, std::stop_token
) {
    const std::scoped_lock lock(mutex_);
    Content& content = content_of(target);
    const auto [applied, is_new] = content.migrations.emplace(migration.number, migration.checksum);
    if (is_new)
        content.grants_match = false;
    else if (applied->second != migration.checksum)
        throw controller::StoreError(
            "migration " + std::to_string(migration.number) + " was applied with another text"
        );
}

void ModelAdmin::ensure_role(
    const DatabaseTarget& target,
    const std::string& role,
    const std::string& password,
    std::stop_token
) {
    const std::scoped_lock lock(mutex_);
    log_in(target);
    roles_[role] = password;
}

void ModelAdmin::repair_grants(const DatabaseTarget& target, std::stop_token) {
    const std::scoped_lock lock(mutex_);
    content_of(target).grants_match = true;
}

void ModelAdmin::restore(
    const std::string& database,
    std::map<std::int64_t, std::string> migrations,
    const std::map<std::string, std::string>& role_passwords
) {
    const std::scoped_lock lock(mutex_);
    databases_[database] = {std::move(migrations), true};
    for (const auto& [role, password] : role_passwords) roles_[role] = password;
}

void ModelAdmin::make_cluster(const std::string& superuser_password) {
    const std::scoped_lock lock(mutex_);
    if (!superuser_password_) superuser_password_ = superuser_password;
}

void ModelAdmin::set_unreachable(bool is_unreachable) {
    const std::scoped_lock lock(mutex_);
    is_unreachable_ = is_unreachable;
}

void ModelAdmin::disturb_grants() {
    const std::scoped_lock lock(mutex_);
    for (auto& [name, content] : databases_) content.grants_match = false;
}

}  // namespace vectis::reconcilers
