#include "tests/contract/postgres/mail_database.hpp"

#include "reconcilers/database/migrations.hpp"
#include "reconcilers/database/postgres_admin.hpp"

#include <utility>

namespace vectis::tests {

using controller::Rows;
using controller::Target;
using controller::Transaction;
using resources::Object;

PostgresServer& server() {
    static PostgresServer one;
    return one;
}

const controller::Manifests& manifests() {
    static const controller::Manifests all = controller::Manifests::from_folder("manifests");
    return all;
}

const std::map<std::string, std::string>& role_passwords() {
    static const std::map<std::string, std::string> all = {
        {"vectis_owner", "o"},
        {"vectis_api", "it's"},
        {"vectis_postfix", "p"},
        {"vectis_dovecot", "d"}
    };
    return all;
}

reconcilers::DesiredDatabase desired(const std::string& database) {
    return {
        database,
        reconcilers::migrations_of(manifests(), "mail"),
        {"vectis_owner", "vectis_api", "vectis_postfix", "vectis_dovecot"}
    };
}

void perform(
    reconcilers::DatabaseAdmin& admin,
    const reconcilers::DatabaseTarget& target,
    const reconcilers::DatabaseAction& action
) {
    using Type = reconcilers::DatabaseAction::Type;
    if (action.type == Type::create_database) admin.create_database(target, {});
    if (action.type == Type::apply_migration) admin.apply_migration(target, action.migration, {});
    if (action.type == Type::ensure_role)
        admin.ensure_role(target, action.subject, role_passwords().at(action.subject), {});
    if (action.type == Type::repair_grants) admin.repair_grants(target, {});
}

void converge(reconcilers::DatabaseAdmin& admin, const reconcilers::DatabaseTarget& target) {
    const reconcilers::DatabasePlan plan =
        database_plan(desired(target.database), admin.observe(target, role_passwords(), {}));
    ASSERT_EQ(plan.stalled.reason, "");
    for (const reconcilers::DatabaseAction& action : plan.actions) perform(admin, target, action);
}

reconcilers::DatabaseTarget admin_target(const std::string& database) {
    return {"127.0.0.1", server().port(), database, server().password()};
}

Target as(const std::string& database, const std::string& user) {
    return {
        "127.0.0.1",
        server().port(),
        database,
        user,
        user == "postgres" ? server().password() : role_passwords().at(user)
    };
}

Rows ask(const Target& target, const std::string& sql, const std::vector<std::string>& arguments) {
    controller::Connection connection(target, {});
    Transaction transaction(connection, {});
    Rows rows = transaction.run(sql, arguments);
    transaction.commit();
    return rows;
}

Object object(
    const std::string& kind,
    const std::string& ns,
    const std::string& name,
    boost::json::object spec
) {
    Object made;
    made.api_version = "mail.vectis.dev/v1";
    made.kind = kind;
    made.metadata.ns = ns;
    made.metadata.name = name;
    made.spec = std::move(spec);
    return made;
}

void Database::SetUp() {
    static int count = 0;
    if (!server().why_not().empty()) GTEST_SKIP() << server().why_not();
    name_ = "mail" + std::to_string(++count);
    reconcilers::PostgresAdmin admin(manifests());
    converge(admin, admin_target(name_));
    store_.attach(as(name_, "vectis_api"));
}

Object Database::make(const Object& wanted) {
    controller::StoreResult<Object> made = store_.create(wanted);
    EXPECT_TRUE(made) << (made ? "" : made.error().message());
    return made ? *made : Object{};
}

}  // namespace vectis::tests
