#include "reconcilers/database/database_plan.hpp"

#include "reconcilers/database/migrations.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

const DesiredDatabase desired = {
    "vectis",
    {{1, "one", "SELECT 1", "a"}, {2, "two", "SELECT 2", "b"}},
    {"vectis_api", "vectis_postfix"}
};
const DatabaseState converged = {
    true, {{1, "a"}, {2, "b"}}, {"vectis_api", "vectis_postfix"}, true
};

std::vector<std::string> texts(const DatabasePlan& plan) {
    std::vector<std::string> out;
    for (const DatabaseAction& action : plan.actions) out.push_back(to_text(action));
    return out;
}

TEST(DatabasePlan, MakesEverythingInOrderOnAnEmptyServer) {
    const std::vector<std::string> expected = {
        "create database vectis",
        "apply migration 0001 one",
        "apply migration 0002 two",
        "set role vectis_api",
        "set role vectis_postfix",
        "repair views and grants of database vectis"
    };
    EXPECT_EQ(texts(database_plan(desired, {})), expected);
}

TEST(DatabasePlan, DoesNothingWhenAllIsAsDeclared) {
    EXPECT_TRUE(database_plan(desired, converged).actions.empty());
    EXPECT_EQ(database_plan(desired, converged).stalled.reason, "");
}

TEST(DatabasePlan, AppliesOnlyMissingMigrationsAndRepairsGrantsAfterThem) {
    DatabaseState state = converged;
    state.migrations.erase(2);
    EXPECT_EQ(
        texts(database_plan(desired, state)),
        (std::vector<std::string>{
            "apply migration 0002 two", "repair views and grants of database vectis"
        })
    );
}

TEST(DatabasePlan, RefusesWhenAnAppliedMigrationHasAnotherText) {
    DatabaseState state = converged;
    state.migrations[1] = "other";
    state.grants_match = false;
    const DatabasePlan plan = database_plan(desired, state);
    EXPECT_TRUE(plan.actions.empty());
    EXPECT_EQ(plan.stalled.reason, "MigrationChanged");
}

TEST(DatabasePlan, LeavesMigrationsOfANewerReleaseAlone) {
    DatabaseState state = converged;
    state.migrations[3] = "newer";
    EXPECT_TRUE(database_plan(desired, state).actions.empty());
}

TEST(DatabasePlan, SetsARoleThatCannotLogIn) {
    DatabaseState state = converged;
    state.roles = {"vectis_postfix"};
    EXPECT_EQ(
        texts(database_plan(desired, state)),
        (std::vector<std::string>{
            "set role vectis_api", "repair views and grants of database vectis"
        })
    );
}

TEST(Migrations, AreReadInOrderAndOthersFilesAreNone) {
    const controller::Manifests manifests(
        {{"sql/mail/0002_b.sql", "B"}, {"sql/mail/0001_a.sql", "A"}, {"sql/mail/grants.sql", "G"}}
    );
    const std::vector<Migration> found = migrations_of(manifests, "mail");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].name, "a");
    EXPECT_EQ(found[1].number, 2);
    EXPECT_EQ(
        found[0].checksum, "559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd"
    );
}

TEST(Migrations, MayNotShareANumber) {
    const controller::Manifests manifests(
        {{"sql/mail/0001_b.sql", "B"}, {"sql/mail/0001_a.sql", "A"}}
    );
    EXPECT_THROW(migrations_of(manifests, "mail"), std::runtime_error);
}

}  // namespace
}  // namespace vectis::reconcilers
