#include "controller/event_log.hpp"
#include "controller/file_secrets.hpp"
#include "controller/journal_store.hpp"
#include "controller/sim_clock.hpp"
#include "reconcilers/core/recreate.hpp"
#include "reconcilers/mail/alias_reconciler.hpp"
#include "reconcilers/mail/domain_reconciler.hpp"
#include "reconcilers/mail/mailbox_reconciler.hpp"
#include "resources/condition.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

using resources::Object;
using resources::ObjectKey;

class Mail : public testing::Test {
protected:
    Object make(
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
        return store_.create(object).value();
    }

    /// "Ready", or the reason why not.
    std::string state_of(const ObjectKey& key) {
        const Object object = store_.get(key).value();
        for (const resources::Condition& condition : resources::conditions_of(object.status)) {
            if (condition.type == "Ready")
                return condition.status == resources::ConditionStatus::yes ? "Ready"
                                                                           : condition.reason;
        }
        return "";
    }

    controller::SimClock clock_;
    controller::SeededRandom random_{1};
    controller::NoJournal journal_;
    controller::JournalStore store_{journal_, clock_, random_};
    controller::SimDisk disk_;
    controller::FileSecrets secrets_{disk_};
    ModelDirectory directory_{store_};
    ModelPasswordHasher hasher_;
    std::vector<ObjectKey> sets_;
    std::vector<ObjectKey> woken_;
    MapBoard maps_{
        [this] { return sets_; }, [this](const ObjectKey& key) { woken_.push_back(key); }
    };
    MailParts parts_{clock_, random_, store_, secrets_, directory_, hasher_, maps_, "key"};
    DomainReconciler domains_{parts_};
    MailboxReconciler mailboxes_{parts_};
    AliasReconciler aliases_{parts_};
};

TEST_F(Mail, WaitsWithoutAWordUntilThereIsADatabase) {
    make("Domain", "", "example.test");
    EXPECT_FALSE(domains_.reconcile({"Domain", "", "example.test"}, {}).again_after)
        << "the survey wakes it";
    EXPECT_EQ(state_of({"Domain", "", "example.test"}), "");
}

TEST_F(Mail, AMailboxGetsOnePasswordForItsWholeLife) {
    directory_.open();
    make("Domain", "", "example.test");
    const Object alice = make("Mailbox", "example.test", "alice");
    const ObjectKey key = resources::key_of(alice);
    EXPECT_FALSE(mailboxes_.reconcile(key, {}).again_after);
    EXPECT_EQ(state_of(key), "Ready");
    EXPECT_EQ(store_.get(key)->status.at("address"), "alice@example.test");
    const std::string password = secrets_.get("example.test/mailbox-alice")->at("password");
    EXPECT_EQ(password.size(), 24U);
    const std::int64_t version = store_.version();
    mailboxes_.reconcile(key, {});
    EXPECT_EQ(store_.version(), version);
    EXPECT_EQ(secrets_.get("example.test/mailbox-alice")->at("password"), password);
}

TEST_F(Mail, WhoeverGetsTheAddressNextGetsAnotherPassword) {
    directory_.open();
    make("Domain", "", "example.test");
    const ObjectKey key = resources::key_of(make("Mailbox", "example.test", "alice"));
    mailboxes_.reconcile(key, {});
    const std::string password = secrets_.get("example.test/mailbox-alice")->at("password");
    ASSERT_TRUE(store_.remove(key, {}));
    make("Mailbox", "example.test", "alice");
    mailboxes_.reconcile(key, {});
    EXPECT_NE(secrets_.get("example.test/mailbox-alice")->at("password"), password);
    ASSERT_TRUE(store_.remove(key, {}));
    mailboxes_.reconcile(key, {});
    EXPECT_FALSE(secrets_.get("example.test/mailbox-alice"));
}

TEST_F(Mail, APasswordThatIsLostIsNotReplacedUnlessAskedFor) {
    directory_.open();
    make("Domain", "", "example.test");
    const Object alice = make("Mailbox", "example.test", "alice");
    const ObjectKey key = resources::key_of(alice);
    mailboxes_.reconcile(key, {});
    const auto password = secrets_.get("example.test/mailbox-alice");
    const std::optional<std::string> hash = directory_.credential_source(alice.metadata.uid);
    secrets_.remove("example.test/mailbox-alice");
    mailboxes_.reconcile(key, {});
    EXPECT_EQ(state_of(key), "SecretMissing");
    EXPECT_FALSE(secrets_.get("example.test/mailbox-alice"));
    EXPECT_EQ(directory_.credential_source(alice.metadata.uid), hash) << "its owner can log in";

    secrets_.put("example.test/mailbox-alice", *password);
    mailboxes_.reconcile(key, {});
    EXPECT_EQ(state_of(key), "Ready");

    secrets_.remove("example.test/mailbox-alice");
    Object asked = store_.get(key).value();
    asked.metadata.annotations[recreate_annotation] = alice.metadata.uid;
    ASSERT_TRUE(store_.update(asked));
    mailboxes_.reconcile(key, {});
    EXPECT_EQ(state_of(key), "Ready");
    EXPECT_NE(secrets_.get("example.test/mailbox-alice"), password);
}

TEST_F(Mail, WithoutItsSecretReferenceAMailboxGetsAGeneratedPassword) {
    directory_.open();
    make("Domain", "", "example.test");
    const Object alice =
        make("Mailbox", "example.test", "alice", {{"passwordSecretRef", "alices"}});
    const ObjectKey key = resources::key_of(alice);
    secrets_.put("example.test/alices", {{"password", "one"}});
    mailboxes_.reconcile(key, {});
    const std::optional<std::string> before = directory_.credential_source(alice.metadata.uid);
    Object changed = store_.get(key).value();
    changed.spec.erase("passwordSecretRef");
    ASSERT_TRUE(store_.update(changed));
    mailboxes_.reconcile(key, {});
    EXPECT_EQ(state_of(key), "Ready");
    EXPECT_TRUE(secrets_.get("example.test/mailbox-alice"));
    EXPECT_NE(directory_.credential_source(alice.metadata.uid), before);
}

TEST_F(Mail, ANamedSecretIsUsedAndFollowed) {
    directory_.open();
    make("Domain", "", "example.test");
    const Object alice =
        make("Mailbox", "example.test", "alice", {{"passwordSecretRef", "alices"}});
    const ObjectKey key = resources::key_of(alice);
    EXPECT_TRUE(mailboxes_.reconcile(key, {}).again_after);
    EXPECT_EQ(state_of(key), "SecretNotFound");
    secrets_.put("example.test/alices", {{"password", "one"}});
    mailboxes_.reconcile(key, {});
    EXPECT_EQ(state_of(key), "Ready");
    const std::optional<std::string> before = directory_.credential_source(alice.metadata.uid);
    secrets_.put("example.test/alices", {{"password", "two"}});
    mailboxes_.reconcile(key, {});
    EXPECT_NE(directory_.credential_source(alice.metadata.uid), before);
    EXPECT_FALSE(secrets_.get("example.test/mailbox-alice"));
}

TEST_F(Mail, ADisabledMailboxIsReadyAndOneInADisabledDomainIsNot) {
    directory_.open();
    make("Domain", "", "example.test", {{"active", false}});
    make("Mailbox", "example.test", "off", {{"active", false}});
    make("Mailbox", "example.test", "on");
    mailboxes_.reconcile({"Mailbox", "example.test", "off"}, {});
    mailboxes_.reconcile({"Mailbox", "example.test", "on"}, {});
    EXPECT_EQ(state_of({"Mailbox", "example.test", "off"}), "Ready");
    EXPECT_EQ(state_of({"Mailbox", "example.test", "on"}), "NotShown");
}

TEST_F(Mail, AnAliasNeedsItsDestinationsInHostedDomainsOnly) {
    directory_.open();
    make("Domain", "", "example.test");
    make(
        "Alias",
        "example.test",
        "info",
        {{"destinations", {"else@where.test", "alice@example.test"}}}
    );
    const ObjectKey key{"Alias", "example.test", "info"};
    EXPECT_TRUE(aliases_.reconcile(key, {}).again_after);
    EXPECT_EQ(state_of(key), "DestinationUnknown");
    make("Mailbox", "example.test", "alice");
    aliases_.reconcile(key, {});
    EXPECT_EQ(state_of(key), "Ready");
}

TEST_F(Mail, ADomainsCatchAllMustLeadSomewhere) {
    directory_.open();
    make("Domain", "", "example.test", {{"catchAll", "alice@example.test"}});
    const ObjectKey key{"Domain", "", "example.test"};
    domains_.reconcile(key, {});
    EXPECT_EQ(state_of(key), "DestinationUnknown");
    make("Mailbox", "example.test", "alice");
    domains_.reconcile(key, {});
    EXPECT_EQ(state_of(key), "Ready");
}

TEST_F(Mail, IsReadyWhenTheLookupTablesHaveIt) {
    directory_.open();
    const ObjectKey set{"MapSet", "", "postfix"};
    sets_ = {set};
    make("Domain", "", "example.test", {});
    const ObjectKey key{"Domain", "", "example.test"};
    domains_.reconcile(key, {});
    EXPECT_EQ(state_of(key), "MapsPending");
    EXPECT_EQ(woken_, (std::vector{set}));
    maps_.finish(set, maps_.begin());
    EXPECT_EQ(woken_.back(), key);
    domains_.reconcile(key, {});
    EXPECT_EQ(state_of(key), "Ready");
    domains_.reconcile(key, {});
    EXPECT_EQ(state_of(key), "Ready") << "its own status is no change";
}

TEST_F(Mail, AnAddressIsFreeWhenNoLookupTableLeadsThere) {
    directory_.open();
    const ObjectKey set{"MapSet", "", "dovecot"};
    sets_ = {set};
    make("Domain", "", "example.test", {});
    make("Mailbox", "example.test", "alice");
    const ObjectKey key{"Mailbox", "example.test", "alice"};
    mailboxes_.reconcile(key, {});
    maps_.finish(set, maps_.begin());
    mailboxes_.reconcile(key, {});
    ASSERT_TRUE(store_.remove(key, {}));
    mailboxes_.reconcile(key, {});
    EXPECT_TRUE(store_.get(key)) << "the tables still have it";
    maps_.finish(set, maps_.begin());
    mailboxes_.reconcile(key, {});
    EXPECT_FALSE(store_.get(key));
}

TEST_F(Mail, ANewPasswordCountsWhenTheLookupTablesHaveIt) {
    directory_.open();
    const ObjectKey set{"MapSet", "", "dovecot"};
    make("Domain", "", "example.test", {});
    make("Mailbox", "example.test", "alice", {{"passwordSecretRef", "own"}});
    secrets_.put("example.test/own", {{"password", "one"}});
    const ObjectKey key{"Mailbox", "example.test", "alice"};
    mailboxes_.reconcile(key, {});
    EXPECT_EQ(state_of(key), "Ready");
    sets_ = {set};
    secrets_.put("example.test/own", {{"password", "two"}});
    mailboxes_.reconcile(key, {});
    EXPECT_EQ(state_of(key), "MapsPending");
    maps_.finish(set, maps_.begin());
    mailboxes_.reconcile(key, {});
    EXPECT_EQ(state_of(key), "Ready");
}

}  // namespace
}  // namespace vectis::reconcilers
