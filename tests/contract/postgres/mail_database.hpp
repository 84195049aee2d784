#pragma once

#include "controller/clock.hpp"
#include "controller/manifests.hpp"
#include "controller/postgres/connection.hpp"
#include "controller/postgres/postgres_store.hpp"
#include "controller/random.hpp"
#include "reconcilers/core/database_admin.hpp"
#include "reconcilers/database/database_plan.hpp"
#include "tests/contract/postgres/postgres_server.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace vectis::tests {

/// The one server of the test program.
PostgresServer& server();
const controller::Manifests& manifests();
const std::map<std::string, std::string>& role_passwords();

reconcilers::DesiredDatabase desired(const std::string& database);
void perform(
    reconcilers::DatabaseAdmin& admin,
    const reconcilers::DatabaseTarget& target,
    const reconcilers::DatabaseAction& action
);
/// Performs one plan.
void converge(reconcilers::DatabaseAdmin& admin, const reconcilers::DatabaseTarget& target);

reconcilers::DatabaseTarget admin_target(const std::string& database);
controller::Target as(const std::string& database, const std::string& user);
controller::Rows ask(
    const controller::Target& target,
    const std::string& sql,
    const std::vector<std::string>& arguments = {}
);
resources::Object object(
    const std::string& kind,
    const std::string& ns,
    const std::string& name,
    boost::json::object spec = {}
);

/// A mail database of its own for each test.
class Database : public testing::Test {
protected:
    void SetUp() override;
    resources::Object make(const resources::Object& wanted);

    std::string name_;
    controller::SystemClock clock_;
    controller::SystemRandom random_;
    controller::PostgresStore store_{clock_, random_};
};

}  // namespace vectis::tests
