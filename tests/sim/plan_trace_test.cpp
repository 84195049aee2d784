#include "controller/apply.hpp"
#include "reconcilers/core/status.hpp"
#include "reconcilers/model_planner.hpp"
#include "resources/condition.hpp"
#include "tests/sim/log_tap.hpp"
#include "tests/sim/workload.hpp"
#include "tests/support/golden.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

/// What `vectis plan` prints is what is done: for each object the same actions in the same order.
namespace vectis::sim {
namespace {

using controller::PlannedAction;
using Actions = std::vector<PlannedAction>;
using Sequences = std::map<std::string, std::vector<std::string>>;

constexpr const char* folder = "file:/etc/vectis";
constexpr const char* broken_image = "example/postfix:broken";

/// Names of file volumes end with a hash of secrets that exist only later.
std::string masked(const std::string& text) {
    static const std::regex hash("-files-[0-9a-f]+");
    return std::regex_replace(text, hash, "-files-*");
}

Sequences by_object(const Actions& actions) {
    Sequences out;
    for (const PlannedAction& action : actions)
        out[resources::to_text(action.object)].push_back(masked(action.text));
    return out;
}

/// As it is printed, without what depends on secrets.
std::string text_of(const Actions& actions) {
    static const std::regex hash("[0-9a-f]{12,}");
    std::string out;
    for (const PlannedAction& action : actions) {
        std::string text = resources::to_text(action.object) + ": " + action.text + '\n';
        if (!action.cause.empty()) text += "    because " + action.cause + '\n';
        out += std::regex_replace(text, hash, "#");
    }
    return out;
}

resources::Object mail_object(
    const std::string& kind, const std::string& name, boost::json::object spec = {}
) {
    resources::Object out{.api_version = "mail.vectis.dev/v1", .kind = kind};
    out.metadata.ns = kind == "Domain" ? "" : "example.test";
    out.metadata.name = name;
    out.spec = std::move(spec);
    return out;
}

/// The words of what a store accepted, from what `apply` and the store say, not from the planner.
std::string words_of(controller::Applied what) {
    switch (what) {
        case controller::Applied::created:
            return "create ";
        case controller::Applied::configured:
            return "change ";
        case controller::Applied::pruned:
            return "delete ";
        case controller::Applied::left:
            return "leave ";
        case controller::Applied::unchanged:
            break;
    }
    return {};
}

/// A user's installation, its plan of a change, and what is done when the change is declared.
class Installation {
public:
    explicit Installation(const Workload& workload) {
        prepare(machine, workload);
        life.emplace(machine);
        life->run(std::chrono::seconds(1));  // the mail store opens
    }
    Installation() : Installation(*find_workload("image")) {}

    controller::PlanOutcome plan(const controller::DesiredChange& change) {
        return reconcilers::ModelPlanner(life->seams(), life->pki(), life->directory())
            .plan(change);
    }

    /// As `up` and `delete` do it; in the words of what the stores answered.
    Actions declare(const controller::DesiredChange& change) {
        const controller::Stores stores{life->store(), life->mail()};
        const controller::ApplyOutcome outcome = controller::apply(
            stores,
            machine.clock,
            change.manager,
            change.apply,
            {.prune = change.manager == folder ? controller::Prune::yes : controller::Prune::no,
             .retry = controller::Retry::yes}
        );
        EXPECT_TRUE(outcome.conflicts.empty());
        Actions out;
        for (const controller::AppliedObject& object : outcome.objects) {
            if (object.what != controller::Applied::unchanged)
                out.push_back({object.key, words_of(object.what) + resources::to_text(object.key)});
        }
        for (const resources::ObjectKey& key : change.remove) {
            EXPECT_TRUE(stores.of(key).remove(key, {}));
            out.push_back({key, "delete " + resources::to_text(key)});
        }
        return out;
    }

    /// Everything that happens once the change is declared.
    Actions execute(const controller::DesiredChange& change) {
        machine.actions.clear();
        Actions out = declare(change);
        life->resync();
        life->run(std::chrono::minutes(4));
        out.insert(out.end(), machine.actions.begin(), machine.actions.end());
        return out;
    }

    void expect_plan_equals_trace(
        const std::string& name, const controller::DesiredChange& change
    ) {
        const controller::PlanOutcome planned = plan(change);
        EXPECT_TRUE(planned.refused.empty());
        EXPECT_FALSE(planned.actions.empty());
        test::expect_golden("plans/" + name + ".txt", text_of(planned.actions));
        EXPECT_EQ(by_object(planned.actions), by_object(execute(change)));
        EXPECT_EQ(text_of(plan({}).actions), "");
    }

    resources::Object platform() { return *life->store().get({"Platform", "", "default"}); }

    /// All that is declared, as a folder that declares it.
    controller::DesiredChange whole_folder() {
        controller::DesiredChange change{.apply = {platform()}, .manager = folder};
        for (const resources::Object& object : life->mail().list({}).items)
            change.apply.push_back(object);
        return change;
    }

    Machine machine{5};
    std::optional<Life> life{};
};

class PlanTrace : public testing::TestWithParam<const char*> {};

TEST_P(PlanTrace, EqualsWhatIsExecutedObjectByObject) {
    const Workload& workload = *find_workload(GetParam());
    Installation installation(workload);
    controller::DesiredChange change = workload.change;
    change.manager = "cli";
    installation.expect_plan_equals_trace(workload.name, change);
}

INSTANTIATE_TEST_SUITE_P(
    Workloads,
    PlanTrace,
    testing::Values("deploy", "image", "configuration", "live-file", "antivirus", "delete"),
    [](const auto& row) {
        std::string name = row.param;
        std::erase(name, '-');
        return name;
    }
);

TEST(Plan, LeavesNoLineInTheLogOfWhatIsNotDone) {
    Installation installation;
    reconcilers::ModelPlanner planner(
        installation.life->seams(), installation.life->pki(), installation.life->directory()
    );
    const LogTap tap;
    const controller::PlanOutcome planned =
        planner.plan({.apply = {mail_object("Mailbox", "carol")}, .manager = "cli"});
    EXPECT_FALSE(planned.actions.empty());
    EXPECT_EQ(tap.text(), "");
    installation.execute({.apply = {mail_object("Mailbox", "carol")}, .manager = "cli"});
    EXPECT_NE(tap.text().find("store the hash of the password of carol"), std::string::npos);
}

TEST(MailPlan, EqualsWhatIsDoneForNewAndChangedAndDeletedMailObjects) {
    Installation installation;
    installation.execute({.apply = {mail_object("Mailbox", "bob")}, .manager = "cli"});
    installation.expect_plan_equals_trace(
        "mail",
        {.apply =
             {mail_object("Mailbox", "carol"),
              mail_object(
                  "Alias", "info", {{"destinations", {"alice@example.test", "carol@example.test"}}}
              )},
         .remove = {{"Mailbox", "example.test", "bob"}},
         .manager = "cli"}
    );
}

TEST(MailPlan, EqualsWhatIsDoneForAFolderThatNoLongerDeclaresAMailbox) {
    Installation installation;
    controller::DesiredChange change = installation.whole_folder();
    installation.execute(change);
    std::erase_if(change.apply, [](const resources::Object& object) {
        return object.kind == "Alias";
    });
    installation.expect_plan_equals_trace("left", change);
}

TEST(MailPlan, EqualsWhatIsDoneForAPasswordThatWasChanged) {
    Installation installation;
    const std::string secret = "example.test/mailbox-alice";
    controller::Secrets::Values values = installation.machine.secrets.get(secret).value();
    values["password"] = "a canary that nobody may see";
    installation.machine.secrets.put(secret, values);
    const std::string printed = text_of(installation.plan({}).actions);
    EXPECT_EQ(printed.find("canary"), std::string::npos) << printed;
    installation.expect_plan_equals_trace("password", {});
}

TEST(MailPlan, SaysWhatKeepsAMailObjectFromBeingReady) {
    Installation installation;
    const controller::PlanOutcome planned = installation.plan(
        {.apply = {mail_object("Alias", "sales", {{"destinations", {"nobody@example.test"}}})}}
    );
    EXPECT_EQ(
        planned.notes,
        std::vector<std::string>{
            "Alias/example.test/sales: Nothing takes mail for nobody@example.test."
        }
    );
}

TEST(MailPlan, LeavesMailOutWhileItsDatabaseDoesNotAnswer) {
    /// A store behind a database that is away.
    class Away final : public reconcilers::MailDirectory {
    public:
        bool is_open() override { return true; }
        bool shows(const resources::ObjectKey&) override { throw_away(); }
        std::optional<std::string> credential_source(const std::string&) override { throw_away(); }
        reconcilers::MailSight look() override { throw_away(); }
        void put_credential(const std::string&, const std::string&, const std::string&) override {
            throw_away();
        }

    private:
        [[noreturn]] static void throw_away() { throw controller::StoreError("it is away"); }
    };
    Installation installation;
    Away away;
    controller::DesiredChange change{.apply = {mail_object("Mailbox", "carol")}};
    reconcilers::ModelPlanner planner(installation.life->seams(), installation.life->pki(), away);
    const controller::PlanOutcome planned = planner.plan(change);
    EXPECT_EQ(text_of(planned.actions), "");
    EXPECT_EQ(planned.notes, std::vector<std::string>{"mail objects are not planned: it is away"});
}

TEST(DeclaredPlan, EqualsWhatIsDoneForAnAnnotationAndALabel) {
    Installation installation;
    resources::Object platform = installation.platform();
    platform.metadata.annotations["example.test/team"] = "mail";
    platform.metadata.labels["tier"] = "one";
    installation.expect_plan_equals_trace("annotation", {.apply = {platform}, .manager = "cli"});
}

TEST(DeclaredPlan, EqualsWhatIsDoneWhenAFailedRolloutIsTriedOnceMore) {
    Installation installation;
    const controller::DesiredChange change = {
        .apply = find_workload("bad-image")->change.apply, .manager = "cli"
    };
    installation.execute(change);
    ASSERT_TRUE(resources::is_true_for(
        installation.platform().status, "Stalled", installation.platform().metadata.generation
    ));
    EXPECT_EQ(text_of(installation.plan({}).actions), "");
    installation.machine.engine.set_behaviour(broken_image, {});
    installation.expect_plan_equals_trace("retry", change);
}

TEST(DeclaredPlan, EqualsWhatIsDoneWhenTheAntivirusIsTurnedOff) {
    Installation installation;
    resources::Object platform = installation.platform();
    platform.spec["antivirus"] = {{"enabled", true}};
    installation.execute({.apply = {platform}, .manager = "cli"});
    ASSERT_TRUE(installation.life->store().get({"Workload", "", "clamav"}));
    platform = installation.platform();
    platform.spec["antivirus"] = {{"enabled", false}};
    installation.expect_plan_equals_trace("antivirus-off", {.apply = {platform}, .manager = "cli"});
}

TEST(DeclaredPlan, SaysWhatWouldBeRefusedAndPlansNothingThen) {
    Installation installation;
    resources::Object postfix = *installation.life->store().get({"Workload", "", "postfix"});
    const controller::PlanOutcome planned =
        installation.plan({.apply = {postfix, mail_object("Mailbox", "carol")}});
    EXPECT_EQ(
        planned.refused,
        std::vector<std::string>{"Workload/postfix belongs to Platform/default: change it there"}
    );
    EXPECT_EQ(text_of(planned.actions), "");
}

TEST(EmptyPlan, IsPrintedWhenNothingIsToBeDone) {
    Installation installation;
    installation.life->run(std::chrono::minutes(1));
    EXPECT_EQ(text_of(installation.plan({}).actions), "");
    EXPECT_EQ(text_of(installation.plan(installation.whole_folder()).actions), "");
}

TEST(EmptyPlan, HasNoMigrationThatIsThereWhileTheDatabaseIsNotReady) {
    Installation installation;
    resources::Object database = *installation.life->store().get({"Database", "", "vectis"});
    reconcilers::set_reconciling(
        database.status, database, {"DatabaseUnreachable", "it does not answer"}, ""
    );
    ASSERT_TRUE(installation.life->store().update_status(database));
    EXPECT_EQ(text_of(installation.plan({}).actions), "");
    database.metadata.resource_version.clear();
    database.status["migrations"] = 1;
    database.status["roles"] = boost::json::array{"vectis_owner", "vectis_api", "vectis_dovecot"};
    ASSERT_TRUE(installation.life->store().update_status(database));
    const Sequences planned = by_object(installation.plan({}).actions);
    EXPECT_EQ(
        planned.at("Database/vectis"),
        (std::vector<std::string>{
            "apply migration 0002 credentials",
            "set role vectis_postfix",
            "repair views and grants of database vectis"
        })
    );
}

TEST(RestlessPlan, EndsWithTheActionThatComesBackAgainAndAgain) {
    /// Never content with what it has issued.
    class Restless final : public reconcilers::Pki {
    public:
        explicit Restless(reconcilers::Pki& pki) : pki_(pki) {}
        reconcilers::KeyPair make_authority(const reconcilers::AuthorityRequest& asked) override {
            return pki_.make_authority(asked);
        }
        reconcilers::KeyPair issue(
            const reconcilers::KeyPair& authority, const reconcilers::LeafRequest& asked
        ) override {
            reconcilers::LeafRequest other = asked;
            other.dns_names = {"other" + std::to_string(++issued_)};
            return pki_.issue(authority, other);
        }
        reconcilers::CertificateFacts read(const std::string& certificate) override {
            return pki_.read(certificate);
        }
        bool is_issued_by(const reconcilers::KeyPair&, const std::string&) override {
            return false;
        }

    private:
        reconcilers::Pki& pki_;
        int issued_ = 0;
    };
    Installation installation;
    Restless pki(installation.life->pki());
    reconcilers::ModelPlanner planner(
        installation.life->seams(), pki, installation.life->directory()
    );
    try {
        planner.plan({});
        ADD_FAILURE() << "it came to rest";
    } catch (const controller::StoreError& error) {
        EXPECT_NE(
            std::string(error.what()).find("Certificate/mail does not come to rest"),
            std::string::npos
        ) << error.what();
    }
}

}  // namespace
}  // namespace vectis::sim
