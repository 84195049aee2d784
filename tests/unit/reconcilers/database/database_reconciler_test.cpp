#include "reconcilers/database/database_reconciler.hpp"

#include "controller/event_log.hpp"
#include "controller/file_secrets.hpp"
#include "controller/journal_store.hpp"
#include "controller/sim_clock.hpp"
#include "docker-client/http_engine.hpp"
#include "reconcilers/database/model_admin.hpp"
#include "resources/condition.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

using resources::Object;

class Databases : public testing::Test {
protected:
    void SetUp() override {
        secrets_.put("vectis/postgres-superuser", {{"password", "s"}});
        secrets_.put("vectis/postgres-api", {{"password", "a"}});
        Object workload;
        workload.kind = "Workload";
        workload.metadata.name = "postgres";
        store_.create(workload).value();
        Object database;
        database.kind = "Database";
        database.metadata.name = "vectis";
        database.spec = {
            {"superuserSecret", "postgres-superuser/password"},
            {"roles", {{{"name", "vectis_api"}, {"passwordSecret", "postgres-api/password"}}}}
        };
        store_.create(database).value();
    }

    void make_server_ready() {
        Object workload = store_.get({"Workload", "", "postgres"}).value();
        workload.status["addresses"] = {{"data", "172.31.0.5"}};
        resources::set_condition(
            workload.status,
            {"Ready",
             resources::ConditionStatus::yes,
             "Serving",
             "",
             workload.metadata.generation,
             ""}
        );
        store_.update_status(workload).value();
    }

    controller::ReconcileResult reconcile() {
        return reconciler_.reconcile({"Database", "", "vectis"}, {"r1", {}});
    }

    std::string reason() {
        const Object database = store_.get({"Database", "", "vectis"}).value();
        for (const resources::Condition& condition : resources::conditions_of(database.status)) {
            if (condition.type == "Ready") return condition.reason;
        }
        return "";
    }

    controller::SimClock clock_;
    controller::SeededRandom random_{1};
    controller::NoJournal journal_;
    controller::JournalStore store_{journal_, clock_, random_};
    controller::SimDisk disk_;
    controller::FileSecrets secrets_{disk_};
    controller::EventMemory events_{clock_};
    controller::Manifests manifests_{std::map<std::string, std::string>{{"sql/mail/0001_a.sql", "A"}
    }};
    docker::HttpEngine engine_{docker::Location{"/nonexistent", "", false, ""}};
    Seams seams_{clock_, random_, engine_, store_, store_, secrets_, events_, manifests_};
    ModelAdmin admin_;
    std::vector<controller::Target> ready_;
    int gone_ = 0;
    DatabaseReconciler reconciler_{
        seams_,
        admin_,
        [this](const controller::Target& target) { ready_.push_back(target); },
        [this] { ++gone_; }
    };
};

TEST_F(Databases, WaitForTheirServer) {
    EXPECT_TRUE(reconcile().again_after);
    EXPECT_EQ(reason(), "WaitingForWorkload");
}

TEST_F(Databases, AreReadyOnlyWhenASecondLookFindsNothingToDo) {
    make_server_ready();
    reconcile();
    EXPECT_EQ(reason(), "Converging");
    EXPECT_TRUE(ready_.empty());
    reconcile();
    EXPECT_EQ(reason(), "Converged");
    EXPECT_EQ(
        ready_, (std::vector<controller::Target>{{"172.31.0.5", 5432, "vectis", "vectis_api", "a"}})
    );
    const std::int64_t version = store_.version();
    reconcile();
    EXPECT_EQ(store_.version(), version);
}

TEST_F(Databases, SayOnceThatTheyAreGone) {
    make_server_ready();
    reconcile();
    reconcile();
    ASSERT_EQ(ready_.size(), 1U);
    reconciler_.reconcile({"Database", "", "another"}, {"r2", {}});
    EXPECT_EQ(gone_, 0) << "what was never attached takes nothing away";
    ASSERT_TRUE(store_.remove({"Database", "", "vectis"}, {}));
    reconcile();
    reconcile();
    EXPECT_EQ(gone_, 1);
}

TEST_F(Databases, RepairGrantsThatSomebodyChanged) {
    make_server_ready();
    reconcile();
    reconcile();
    admin_.disturb_grants();
    reconcile();
    EXPECT_EQ(reason(), "Converging");
    reconcile();
    EXPECT_EQ(reason(), "Converged");
}

TEST_F(Databases, SayThatTheirServerDoesNotAnswerAndTryAgain) {
    make_server_ready();
    admin_.set_unreachable(true);
    EXPECT_THROW(reconcile(), controller::StoreError);
    EXPECT_EQ(reason(), "DatabaseUnreachable");
}

TEST_F(Databases, APasswordThatTheClusterWasNotMadeWithIsRefused) {
    admin_.make_cluster("another");
    make_server_ready();
    EXPECT_THROW(reconcile(), controller::StoreError);
    EXPECT_EQ(reason(), "DatabaseUnreachable");
}

}  // namespace
}  // namespace vectis::reconcilers
