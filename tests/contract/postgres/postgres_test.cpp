#include "controller/journal_store.hpp"
#include "controller/postgres/mail_store.hpp"
#include "reconcilers/database/model_admin.hpp"
#include "reconcilers/database/postgres_admin.hpp"
#include "resources/condition.hpp"
#include "tests/contract/controller/store_contract.hpp"
#include "tests/contract/postgres/mail_database.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <set>
#include <thread>

namespace vectis::tests {
namespace {

using controller::Change;
using controller::PostgresStore;
using controller::StoreReason;
using reconcilers::DatabaseState;
using resources::Object;

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
    EXPECT_FALSE(admin_->observe(target_, role_passwords(), {}).exists);
    converge(*admin_, target_);
    const DatabaseState state = admin_->observe(target_, role_passwords(), {});
    EXPECT_TRUE(state.exists);
    EXPECT_TRUE(state.grants_match);
    EXPECT_EQ(state.roles.size(), 4U);
    EXPECT_EQ(database_plan(desired(target_.database), state).actions.size(), 0U);
}

TEST_P(Admin, EveryActionMayBeRepeatedAtAnyPoint) {
    const reconcilers::DatabasePlan plan =
        database_plan(desired(target_.database), admin_->observe(target_, role_passwords(), {}));
    for (const reconcilers::DatabaseAction& action : plan.actions) {
        perform(*admin_, target_, action);
        perform(*admin_, target_, action);
    }
    EXPECT_EQ(
        database_plan(desired(target_.database), admin_->observe(target_, role_passwords(), {}))
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
    const DatabaseState state = admin_->observe(target_, role_passwords(), {});
    EXPECT_EQ(std::count(state.roles.begin(), state.roles.end(), "vectis_api"), 0);
    converge(*admin_, target_);
}

INSTANTIATE_TEST_SUITE_P(Model, Admin, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Server, Admin, testing::Values(true));

// ----------------------------------------------------------------------------------------------------
// real server

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
