#include "controller/clock.hpp"
#include "controller/journal_store.hpp"
#include "controller/postgres/mail_store.hpp"
#include "controller/postgres/postgres_store.hpp"
#include "controller/random.hpp"
#include "reconcilers/database/database_plan.hpp"
#include "reconcilers/database/migrations.hpp"
#include "reconcilers/database/model_admin.hpp"
#include "reconcilers/database/postgres_admin.hpp"
#include "reconcilers/mail/mail_directory.hpp"
#include "resources/condition.hpp"
#include "tests/contract/controller/store_contract.hpp"
#include "tests/contract/postgres/postgres_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <thread>

namespace vectis::tests {
namespace {

using controller::Change;
using controller::PostgresStore;
using controller::Rows;
using controller::StoreReason;
using controller::Target;
using controller::Transaction;
using reconcilers::DatabaseState;
using resources::Object;

PostgresServer& server() {
    static PostgresServer one;
    return one;
}

const controller::Manifests& manifests() {
    static const controller::Manifests all = controller::Manifests::from_folder("manifests");
    return all;
}

const std::map<std::string, std::string> role_passwords = {
    {"vectis_owner", "o"}, {"vectis_api", "it's"}, {"vectis_postfix", "p"}, {"vectis_dovecot", "d"}
};

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
        admin.ensure_role(target, action.subject, role_passwords.at(action.subject), {});
    if (action.type == Type::repair_grants) admin.repair_grants(target, {});
}

void converge(reconcilers::DatabaseAdmin& admin, const reconcilers::DatabaseTarget& target) {
    const reconcilers::DatabasePlan plan =
        database_plan(desired(target.database), admin.observe(target, role_passwords, {}));
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
        user == "postgres" ? server().password() : role_passwords.at(user)
    };
}

Rows ask(
    const Target& target, const std::string& sql, const std::vector<std::string>& arguments = {}
) {
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
    boost::json::object spec = {}
) {
    Object made;
    made.api_version = "mail.vectis.dev/v1";
    made.kind = kind;
    made.metadata.ns = ns;
    made.metadata.name = name;
    made.spec = std::move(spec);
    return made;
}

// ----------------------------------------------------------------------------------------------------
// DatabaseAdmin, both

class Admin : public testing::TestWithParam<bool> {
protected:
    void SetUp() override {
        static int count = 0;
        if (GetParam() && !server().why_not().empty()) GTEST_SKIP() << server().why_not();
        if (GetParam())
            admin_ = std::make_unique<reconcilers::PostgresAdmin>(manifests());
        else
            admin_ = std::make_unique<reconcilers::ModelAdmin>();
        const std::string database = "admin" + std::to_string(++count);
        target_ = GetParam() ? admin_target(database)
                             : reconcilers::DatabaseTarget{"model", 5432, database, ""};
    }

    std::unique_ptr<reconcilers::DatabaseAdmin> admin_;
    reconcilers::DatabaseTarget target_;
};

TEST_P(Admin, MakesADatabaseThatNeedsNothingMore) {
    EXPECT_FALSE(admin_->observe(target_, role_passwords, {}).exists);
    converge(*admin_, target_);
    const DatabaseState state = admin_->observe(target_, role_passwords, {});
    EXPECT_TRUE(state.exists);
    EXPECT_TRUE(state.grants_match);
    EXPECT_EQ(state.roles.size(), 4U);
    EXPECT_EQ(database_plan(desired(target_.database), state).actions.size(), 0U);
}

TEST_P(Admin, EveryActionMayBeRepeatedAtAnyPoint) {
    const reconcilers::DatabasePlan plan =
        database_plan(desired(target_.database), admin_->observe(target_, role_passwords, {}));
    for (const reconcilers::DatabaseAction& action : plan.actions) {
        perform(*admin_, target_, action);
        perform(*admin_, target_, action);
    }
    EXPECT_EQ(
        database_plan(desired(target_.database), admin_->observe(target_, role_passwords, {}))
            .actions.size(),
        0U
    );
}

TEST_P(Admin, RefusesAMigrationWhoseTextChanged) {
    converge(*admin_, target_);
    reconcilers::Migration changed = desired(target_.database).migrations.front();
    changed.checksum = "another";
    EXPECT_THROW(admin_->apply_migration(target_, changed, {}), controller::StoreError);
}

TEST_P(Admin, ARoleWithAnotherPasswordIsNotFit) {
    converge(*admin_, target_);
    admin_->ensure_role(target_, "vectis_api", "changed by hand", {});
    const DatabaseState state = admin_->observe(target_, role_passwords, {});
    EXPECT_EQ(std::count(state.roles.begin(), state.roles.end(), "vectis_api"), 0);
    converge(*admin_, target_);
}

INSTANTIATE_TEST_SUITE_P(Model, Admin, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Server, Admin, testing::Values(true));

// ----------------------------------------------------------------------------------------------------
// real server

class Database : public testing::Test {
protected:
    void SetUp() override {
        static int count = 0;
        if (!server().why_not().empty()) GTEST_SKIP() << server().why_not();
        name_ = "mail" + std::to_string(++count);
        reconcilers::PostgresAdmin admin(manifests());
        converge(admin, admin_target(name_));
        store_.attach(as(name_, "vectis_api"));
    }

    Object make(const Object& wanted) {
        controller::StoreResult<Object> made = store_.create(wanted);
        EXPECT_TRUE(made) << (made ? "" : made.error().message());
        return made ? *made : Object{};
    }

    std::string name_;
    controller::SystemClock clock_;
    controller::SystemRandom random_;
    PostgresStore store_{clock_, random_};
};

TEST_F(Database, RepairsAGrantAndAViewThatSomebodyChanged) {
    reconcilers::PostgresAdmin admin(manifests());
    ask(as(name_, "postgres"), "GRANT SELECT ON credentials TO vectis_postfix");
    EXPECT_FALSE(admin.observe(admin_target(name_), role_passwords, {}).grants_match);
    converge(admin, admin_target(name_));
    EXPECT_TRUE(admin.observe(admin_target(name_), role_passwords, {}).grants_match);
    ask(as(name_, "postgres"), "DROP VIEW dovecot_users");
    converge(admin, admin_target(name_));
    EXPECT_TRUE(ask(as(name_, "vectis_dovecot"), "SELECT * FROM dovecot_users").empty());
}

TEST_F(Database, LetsTheMailServersSeeTheirViewsOnly) {
    EXPECT_TRUE(ask(as(name_, "vectis_postfix"), "SELECT * FROM postfix_aliases").empty());
    EXPECT_THROW(
        ask(as(name_, "vectis_postfix"), "SELECT * FROM credentials"), controller::SqlError
    );
    EXPECT_THROW(
        ask(as(name_, "vectis_postfix"), "SELECT * FROM dovecot_users"), controller::SqlError
    );
    EXPECT_THROW(ask(as(name_, "vectis_dovecot"), "SELECT * FROM resources"), controller::SqlError);
    EXPECT_THROW(
        ask(as(name_, "vectis_dovecot"), "SELECT lock_resource_versions()"), controller::SqlError
    );
}

TEST_F(Database, KeepsTheRulesOfAStore) {
    const Object domain =
        make(object("Domain", "", "example.test", {{"description", "it's \"here\""}}));
    EXPECT_EQ(domain.metadata.generation, 1);
    EXPECT_FALSE(domain.metadata.uid.empty());
    EXPECT_EQ(store_.get(resources::key_of(domain)), domain);
    EXPECT_EQ(store_.create(domain).error().reason(), StoreReason::already_exists);
    const std::int64_t before = store_.version();
    EXPECT_EQ(store_.update(domain)->metadata.resource_version, domain.metadata.resource_version);
    EXPECT_EQ(store_.version(), before);
    Object changed = domain;
    changed.spec["description"] = "other";
    const Object updated = store_.update(changed).value();
    EXPECT_EQ(updated.metadata.generation, 2);
    EXPECT_EQ(store_.update(changed).error().reason(), StoreReason::conflict);
    changed.metadata.resource_version.clear();
    changed.status["x"] = 1;
    EXPECT_EQ(store_.update_status(changed)->metadata.generation, 2);
    EXPECT_EQ(store_.list({"Domain", ""}).items.size(), 1U);
    EXPECT_EQ(store_.list({"", ""}).version, store_.version());
    EXPECT_EQ(
        store_.remove({"Domain", "", "other.test"}, {}).error().reason(), StoreReason::not_found
    );
}

TEST_F(Database, ReplaysChangesDeletionsIncluded) {
    Object domain = object("Domain", "", "example.test");
    domain.metadata.finalizers = {"test"};
    domain = make(domain);
    EXPECT_FALSE(store_.remove(resources::key_of(domain), {})->metadata.deletion_timestamp.empty());
    domain.metadata.resource_version.clear();
    domain.metadata.finalizers.clear();
    const Object last = store_.update(domain).value();
    const std::vector<Change> changes = store_.changes({}, 0, 100).value();
    ASSERT_EQ(changes.size(), 3U);
    EXPECT_EQ(changes[2].type, Change::Type::deleted);
    EXPECT_EQ(changes[2].object, last);
    EXPECT_EQ(changes[2].previous->metadata.finalizers.size(), 1U);
    EXPECT_EQ(last.metadata.resource_version, std::to_string(changes[2].version));
    EXPECT_EQ(store_.get(resources::key_of(domain)), std::nullopt);
    ask(as(name_, "postgres"), "UPDATE resource_log_state SET pruned = 2");
    EXPECT_EQ(store_.changes({}, 1, 100).error().reason(), StoreReason::expired);
}

TEST_F(Database, RefusesToDeleteADomainInUseAndCountsWhatIsInIt) {
    make(object("Domain", "", "example.test"));
    make(object("Mailbox", "example.test", "alice"));
    make(object("Alias", "example.test", "info", {{"destinations", {"alice@example.test"}}}));
    const auto refused = store_.remove({"Domain", "", "example.test"}, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), StoreReason::refused);
    EXPECT_NE(refused.error().message().find("1 mailboxes and 1 aliases"), std::string::npos)
        << refused.error().message();
    EXPECT_EQ(
        store_.create(object("Mailbox", "absent.test", "alice")).error().reason(),
        StoreReason::refused
    );
    EXPECT_EQ(
        store_.create(object("Mailbox", "example.test", "..")).error().reason(),
        StoreReason::refused
    );
    EXPECT_EQ(
        store_.create(object("Alias", "example.test", "alice", {{"destinations", {"x@y.test"}}}))
            .error()
            .reason(),
        StoreReason::already_exists
    );
}

TEST_F(Database, NoMailboxSlipsIntoADomainThatIsBeingDeleted) {
    for (int round = 0; round < 20; ++round) {
        const std::string domain = "race" + std::to_string(round) + ".test";
        make(object("Domain", "", domain));
        bool is_made = false;
        bool is_gone = false;
        std::thread other([&] {
            is_made = store_.create(object("Mailbox", domain, "alice")).has_value();
        });
        is_gone = store_.remove({"Domain", "", domain}, {}).has_value();
        other.join();
        EXPECT_NE(is_made, is_gone);
        EXPECT_EQ(store_.get({"Mailbox", domain, "alice"}).has_value(), is_made);
    }
}

TEST_F(Database, ShowsTheMailServersWhatIsActive) {
    make(object("Domain", "", "example.test", {{"catchAll", "alice@example.test"}}));
    const Object alice = make(object("Mailbox", "example.test", "alice", {{"quotaMiB", 5}}));
    make(object("Mailbox", "example.test", "off", {{"active", false}}));
    make(object(
        "Alias",
        "example.test",
        "info",
        {{"destinations", {"alice@example.test", "else@where.test"}}}
    ));
    ask(as(name_, "vectis_api"),
        "INSERT INTO credentials (mailbox_uid, password_hash, source) VALUES ($1::uuid, "
        "'$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA', '')",
        {alice.metadata.uid});
    const Target postfix = as(name_, "vectis_postfix");
    EXPECT_EQ(
        ask(postfix, "SELECT name FROM postfix_domains WHERE name = 'example.test'").size(), 1U
    );
    EXPECT_EQ(ask(postfix, "SELECT address FROM postfix_mailboxes").size(), 1U);
    EXPECT_EQ(
        ask(postfix, "SELECT destination FROM postfix_aliases WHERE address = 'info@example.test'")
            .size(),
        2U
    );
    EXPECT_EQ(
        ask(postfix, "SELECT destination FROM postfix_catchalls WHERE domain = 'example.test'")
            .at(0)
            .at(0),
        "alice@example.test"
    );
    Object disabled = *store_.get({"Alias", "example.test", "info"});
    disabled.spec["active"] = false;
    ASSERT_TRUE(store_.update(disabled));
    EXPECT_EQ(
        ask(postfix, "SELECT 1 FROM postfix_taken WHERE address = 'info@example.test'").size(), 1U
    );
    disabled = *store_.get({"Alias", "example.test", "info"});
    disabled.spec["active"] = true;
    ASSERT_TRUE(store_.update(disabled));
    EXPECT_EQ(
        ask(postfix, "SELECT login FROM postfix_senders WHERE address = 'info@example.test'")
            .at(0)
            .at(0),
        "alice@example.test"
    );
    const Rows users =
        ask(as(name_, "vectis_dovecot"),
            "SELECT home, password, quota_bytes, username, domain FROM dovecot_users WHERE address "
            "= 'alice@example.test'");
    EXPECT_EQ(
        users,
        (Rows{
            {"/var/vectis/mail/example.test/alice/" + alice.metadata.uid,
             "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
             "5242880",
             "alice",
             "example.test"}
        })
    );
    Object domain = *store_.get({"Domain", "", "example.test"});
    domain.spec["active"] = false;
    ASSERT_TRUE(store_.update(domain));
    EXPECT_TRUE(ask(postfix, "SELECT address FROM postfix_mailboxes").empty());
    EXPECT_TRUE(ask(postfix, "SELECT destination FROM postfix_aliases").empty());
    EXPECT_TRUE(ask(postfix, "SELECT destination FROM postfix_catchalls").empty());
    EXPECT_TRUE(ask(as(name_, "vectis_dovecot"), "SELECT * FROM dovecot_users").empty());
}

TEST_F(Database, AnswersEveryLookupFromAnIndex) {
    make(object("Domain", "", "example.test"));
    controller::Connection connection(as(name_, "postgres"), {std::chrono::minutes(2), {}});
    Transaction transaction(connection, {std::chrono::minutes(2), {}});
    transaction.run_script(
        "SET LOCAL session_replication_role = replica;"
        "INSERT INTO resources (uid, kind, namespace, name, object, generation, resource_version, "
        "labels, finalizers, owner_references, managed_fields, domain_uid, active)"
        " SELECT gen_random_uuid(), CASE WHEN i % 5 = 0 THEN 'Alias' ELSE 'Mailbox' END, "
        "'example.test', 'u' || i, '{\"spec\":{\"destinations\":[\"u1@example.test\"]}}', 1, i, "
        "'{}', '[]', '[]', '[]',"
        " (SELECT uid FROM resources WHERE kind = 'Domain'), true FROM generate_series(1, 50000) "
        "i; ANALYZE resources;"
    );
    for (const char* lookup :
         {"SELECT name FROM postfix_domains WHERE name = 'example.test'",
          "SELECT address FROM postfix_mailboxes WHERE address = 'u7@example.test'",
          "SELECT destination FROM postfix_aliases WHERE address = 'u5@example.test'",
          "SELECT destination FROM postfix_catchalls WHERE domain = 'example.test'",
          "SELECT 1 FROM postfix_taken WHERE address = 'u5@example.test'",
          "SELECT login FROM postfix_senders WHERE address = 'u5@example.test'",
          "SELECT home FROM dovecot_users WHERE address = 'u7@example.test'"}) {
        std::string plan;
        for (const controller::Row& row : transaction.run(std::string("EXPLAIN ") + lookup))
            plan += *row[0] + '\n';
        EXPECT_EQ(plan.find("Seq Scan on resources"), std::string::npos) << lookup << '\n' << plan;
    }
}

TEST_F(Database, TellsListenersOfWhatOthersCommit) {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> heard;
    store_.subscribe([&](const Change& change) {
        const std::scoped_lock lock(mutex);
        heard.push_back(change.object.metadata.name);
        changed.notify_all();
    });
    store_.start();
    PostgresStore other(clock_, random_);
    other.attach(as(name_, "vectis_api"));
    ASSERT_TRUE(other.create(object("Domain", "", "example.test")));
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(5), [&] { return !heard.empty(); }));
    lock.unlock();
    EXPECT_TRUE(store_.wait_for_change(0, std::chrono::seconds(5), {}));
    EXPECT_FALSE(store_.wait_for_change(other.version(), std::chrono::milliseconds(20), {}));
}

TEST_F(Database, WritesWhatWaitedForIt) {
    controller::NoJournal journal;
    controller::JournalStore pending(journal, clock_, random_);
    controller::MailStore mail(pending, store_, clock_);
    ASSERT_TRUE(mail.create(object("Domain", "", "example.test")));
    const Object alice = mail.create(object("Mailbox", "example.test", "alice")).value();
    ASSERT_TRUE(mail.create(object("Mailbox", "absent.test", "bob")));
    EXPECT_EQ(resources::conditions_of(alice.status).at(0).reason, "Pending");
    EXPECT_EQ(mail.remove(resources::key_of(alice), {}).error().reason(), StoreReason::refused);
    const controller::MailStore::Flushed flushed = mail.flush();
    EXPECT_EQ(flushed.written, 2U);
    EXPECT_EQ(flushed.refused.size(), 1U);
    EXPECT_EQ(mail.flush().written, 0U);
    EXPECT_EQ(store_.get(resources::key_of(alice))->metadata.uid, alice.metadata.uid);
    EXPECT_EQ(pending.list({}).items.size(), 1U);
    EXPECT_EQ(mail.list({"Mailbox", ""}).items.size(), 2U);
    EXPECT_EQ(
        resources::conditions_of(mail.get({"Mailbox", "absent.test", "bob"})->status).at(0).reason,
        "Refused"
    );
}

TEST_F(Database, TheDirectoryShowsWhatTheMailServersSee) {
    reconcilers::PostgresDirectory directory(store_.pool());
    const Object domain = make(object("Domain", "", "example.test"));
    const Object alice = make(object("Mailbox", "example.test", "alice"));
    EXPECT_TRUE(directory.shows(resources::key_of(domain)));
    EXPECT_TRUE(directory.shows(resources::key_of(alice)));
    EXPECT_FALSE(directory.shows({"Alias", "example.test", "alice"}));
    EXPECT_EQ(directory.credential_source(alice.metadata.uid), std::nullopt);
    directory.put_credential(
        alice.metadata.uid, "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "one"
    );
    directory.put_credential(
        alice.metadata.uid, "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaB", "two"
    );
    EXPECT_EQ(directory.credential_source(alice.metadata.uid), "two");
    EXPECT_THROW(
        directory.put_credential(alice.metadata.uid, "plain text", "three"), controller::SqlError
    );
    ASSERT_TRUE(store_.remove(resources::key_of(alice), {}));
    EXPECT_EQ(directory.credential_source(alice.metadata.uid), std::nullopt);
}

TEST_F(Database, AFrozenServerCostsACallItsDeadlineAndNoMore) {
    PostgresStore impatient(clock_, random_, std::chrono::milliseconds(500));
    impatient.attach(as(name_, "vectis_api"));
    EXPECT_EQ(impatient.version(), 0);
    server().freeze();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_THROW(impatient.version(), controller::StoreError);
    const auto took = std::chrono::steady_clock::now() - start;
    server().thaw();
    EXPECT_GE(took, std::chrono::milliseconds(450));
    EXPECT_LT(took, std::chrono::seconds(2));
    EXPECT_EQ(impatient.version(), 0);
}

TEST(DetachedStore, SaysThatItCannotBeAsked) {
    controller::SystemClock clock;
    controller::SystemRandom random;
    PostgresStore store(clock, random);
    EXPECT_THROW(store.get({"Domain", "", "example.test"}), controller::StoreError);
    EXPECT_THROW(store.create(object("Domain", "", "example.test")), controller::StoreError);
}

// ----------------------------------------------------------------------------------------------------
// What every Store does

class PostgresSubject final : public controller::StoreUnderTest {
public:
    PostgresSubject() {
        static int count = 0;
        name_ = "contract" + std::to_string(++count);
        reconcilers::PostgresAdmin admin(manifests());
        converge(admin, admin_target(name_));
        open();
        wait_for_follower();
    }

    controller::Store& store() override { return *store_; }
    bool reopen() override {
        open();
        return true;
    }

private:
    void open() {
        store_.reset();
        store_.emplace(clock_, random_);
        store_->attach(as(name_, "vectis_api"));
        store_->start();
    }

    /// What it tells first is all that there is; the rules are about what comes after that.
    void wait_for_follower() {
        const auto has_heard = std::make_shared<std::atomic<bool>>(false);
        store_->subscribe([has_heard](const Change& change) {
            if (change.object.metadata.name == "first.test") *has_heard = true;
        });
        while (!*has_heard) {
            if (!store_->create(object("Domain", "", "first.test"))) break;
            (void)store_->remove({"Domain", "", "first.test"}, {});
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }

    std::string name_;
    controller::SystemClock clock_;
    controller::SystemRandom random_;
    std::optional<PostgresStore> store_;
};

}  // namespace
}  // namespace vectis::tests

namespace vectis::controller {

INSTANTIATE_TEST_SUITE_P(
    Postgres,
    StoreContract,
    testing::Values(StoreFactory{
        .name = "Postgres",
        .make = []() -> std::unique_ptr<StoreUnderTest> {
            if (!tests::server().why_not().empty()) return nullptr;
            return std::make_unique<tests::PostgresSubject>();
        },
        .api_version = "mail.vectis.dev/v1",
        .kind = "Domain"
    }),
    name_of
);

}  // namespace vectis::controller
