#include "reconcilers/mail/mail_survey.hpp"

#include "controller/journal_store.hpp"
#include "controller/sim_clock.hpp"
#include "reconcilers/mail/alias_reconciler.hpp"
#include "reconcilers/mail/domain_reconciler.hpp"
#include "reconcilers/mail/mailbox_reconciler.hpp"
#include "reconcilers/memory_secrets.hpp"
#include "resources/condition.hpp"
#include "tests/unit/controller/hooked_store.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vectis::reconcilers {
namespace {

using resources::Object;
using resources::ObjectKey;

/// Counts what would be queries.
class CountingDirectory final : public MailDirectory {
public:
    explicit CountingDirectory(controller::Store& database) : model_(database) { model_.open(); }

    int queries = 0;

    void close() { model_.close(); }
    bool is_open() override { return model_.is_open(); }
    bool shows(const ObjectKey& key) override {
        ++queries;
        return model_.shows(key);
    }
    MailSight look() override {
        ++queries;
        return model_.look();
    }
    std::optional<std::string> credential_source(const std::string& uid) override {
        ++queries;
        return model_.credential_source(uid);
    }
    void put_credential(const std::string& uid, const std::string& hash, const std::string& source)
        override {
        ++queries;
        model_.put_credential(uid, hash, source);
    }

private:
    ModelDirectory model_;
};

class Survey : public testing::Test {
protected:
    void SetUp() override {
        make("Domain", "", "example.test");
        make("Mailbox", "example.test", "alice", {{"passwordSecretRef", "alices"}});
        make("Mailbox", "example.test", "bob");
        make("Alias", "example.test", "info", {{"destinations", {"bob@example.test"}}});
        secrets_.put("example.test/alices", {{"password", "one"}});
        settle();
    }

    void make(
        const std::string& kind,
        const std::string& ns,
        const std::string& name,
        boost::json::object spec = {}
    ) {
        Object object;
        object.kind = kind;
        object.metadata.ns = ns;
        object.metadata.name = name;
        object.spec = std::move(spec);
        ASSERT_TRUE(rows_.create(object));
    }

    void settle() {
        for (const Object& object : rows_.list({}).items) {
            const ObjectKey key = resources::key_of(object);
            if (key.kind == "Domain") domains_.reconcile(key, {});
            if (key.kind == "Mailbox") mailboxes_.reconcile(key, {});
            if (key.kind == "Alias") aliases_.reconcile(key, {});
        }
    }

    /// What is woken.
    std::vector<std::string> survey() {
        woken_.clear();
        survey_.reconcile(mail_survey_key, {});
        return woken_;
    }

    using Names = std::vector<std::string>;

    controller::SimClock clock_;
    controller::SeededRandom random_{1};
    controller::NoJournal journal_;
    controller::JournalStore rows_{journal_, clock_, random_};
    controller::HookedStore store_{rows_};
    MemorySecrets secrets_;
    CountingDirectory directory_{rows_};
    ModelPasswordHasher hasher_;
    MapBoard maps_{[] { return std::vector<ObjectKey>{}; }, [](const ObjectKey&) {}};
    MailParts parts_{clock_, random_, store_, secrets_, directory_, hasher_, maps_, "key"};
    DomainReconciler domains_{parts_};
    MailboxReconciler mailboxes_{parts_};
    AliasReconciler aliases_{parts_};
    Names woken_;
    MailSurvey survey_{parts_, [this](const ObjectKey& key) {
                           woken_.push_back(resources::to_text(key));
                       }};
};

TEST_F(Survey, AsksAsLittleForManyMailboxesAsForFew) {
    for (int i = 0; i < 300; ++i) make("Mailbox", "example.test", "user" + std::to_string(i));
    settle();
    directory_.queries = 0;
    store_.reads = 0;
    EXPECT_EQ(survey(), Names{});
    EXPECT_EQ(directory_.queries, 1);
    EXPECT_EQ(store_.reads, 1);
}

TEST_F(Survey, WakesWhatIsNew) {
    make("Mailbox", "example.test", "carol");
    EXPECT_EQ(survey(), Names{"Mailbox/example.test/carol"});
}

TEST_F(Survey, WakesWhatTheMailServersDoNotSeeAnyMore) {
    Object domain = rows_.get({"Domain", "", "example.test"}).value();
    domain.spec["active"] = false;
    ASSERT_TRUE(rows_.update(domain));
    EXPECT_EQ(survey().size(), 4U);
}

TEST_F(Survey, WakesAnAliasThatLostItsDestination) {
    ASSERT_TRUE(rows_.remove({"Mailbox", "example.test", "bob"}, {}));
    EXPECT_EQ(survey(), Names{"Alias/example.test/info"});
}

TEST_F(Survey, WakesAMailboxWhosePasswordIsAnotherOrLost) {
    secrets_.put("example.test/alices", {{"password", "two"}});
    EXPECT_EQ(survey(), Names{"Mailbox/example.test/alice"});
    settle();
    EXPECT_EQ(survey(), Names{});
    secrets_.remove("example.test/mailbox-bob");
    EXPECT_EQ(survey(), Names{"Mailbox/example.test/bob"});
    settle();
    directory_.put_credential(
        rows_.get({"Mailbox", "example.test", "bob"})->metadata.uid, "hash", "somebody else's"
    );
    EXPECT_EQ(survey(), Names{"Mailbox/example.test/bob"});
}

TEST_F(Survey, AsksNothingWhileThereIsNoDatabase) {
    directory_.close();
    store_.reads = 0;
    EXPECT_FALSE(survey_.reconcile(mail_survey_key, {}).again_after);
    EXPECT_EQ(store_.reads, 0);
}

}  // namespace
}  // namespace vectis::reconcilers
