#include "controller/postgres/mail_store.hpp"

#include "controller/journal_store.hpp"
#include "controller/sim_clock.hpp"
#include "resources/condition.hpp"
#include "tests/unit/controller/background.hpp"
#include "tests/unit/controller/hooked_store.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace vectis::controller {
namespace {

using resources::Object;
using resources::ObjectKey;

const ObjectKey alice{"Mailbox", "example.test", "alice"};

class MailStoreTest : public testing::Test {
protected:
    static Object mailbox(int quota) {
        Object out;
        out.api_version = "mail.vectis.dev/v1";
        out.kind = alice.kind;
        out.metadata.ns = alice.ns;
        out.metadata.name = alice.name;
        out.spec["quotaMiB"] = quota;
        return out;
    }

    void add_domain() {
        Object domain;
        domain.kind = "Domain";
        domain.metadata.name = alice.ns;
        ASSERT_TRUE(mail.create(domain));
    }

    /// As the database does: no mailbox without its domain.
    void need_domains() {
        database.takes = [this](const Object& object) {
            return object.kind == "Domain" || rows.get({"Domain", "", object.metadata.ns});
        };
    }

    static std::string quota_in(Store& store) {
        const std::optional<Object> found = store.get(alice);
        return found ? std::to_string(found->spec.at("quotaMiB").as_int64()) : "none";
    }

    /// Lets the work get in between now, if nothing keeps it out until the caller has ended.
    void between(const std::function<void()>& work) {
        other.emplace([work](const std::stop_token&) { work(); });
        other->ends_within(std::chrono::milliseconds(100));
    }

    SimClock clock;
    SeededRandom random{1};
    NoJournal journal;
    JournalStore platform{journal, clock, random};
    JournalStore rows{journal, clock, random};
    HookedStore pending{platform};
    HookedStore database{rows};
    MailStore mail{pending, database, clock};
    std::optional<Background<void>> other{};
};

TEST_F(MailStoreTest, KeepsAnEditThatComesWhileItsObjectIsBeingWritten) {
    ASSERT_TRUE(mail.create(mailbox(1)));
    database.before_create = [&] { between([&] { EXPECT_TRUE(mail.update(mailbox(2))); }); };
    EXPECT_EQ(mail.flush().written, 1U);
    other->get();
    mail.flush();
    EXPECT_EQ(quota_in(mail), "2");
    EXPECT_EQ(quota_in(rows), "2");
    EXPECT_EQ(quota_in(platform), "none");
}

TEST_F(MailStoreTest, WritesWhatIsCreatedWhileItOpens) {
    pending.before_create = [&] { between([&] { mail.flush(); }); };
    ASSERT_TRUE(mail.create(mailbox(1)));
    other->get();
    EXPECT_EQ(quota_in(rows), "1");
    EXPECT_EQ(quota_in(platform), "none");
}

TEST_F(MailStoreTest, ShowsWhatTheDatabaseRefusesAsStalledUntilItTakesIt) {
    const auto is_stalled = [&] {
        const Object stored = mail.get(alice).value();
        return resources::is_true_for(stored.status, "Stalled", stored.metadata.generation);
    };
    need_domains();
    ASSERT_TRUE(mail.create(mailbox(1)));
    EXPECT_EQ(mail.flush().refused.size(), 1U);
    ASSERT_TRUE(is_stalled()) << "nobody should wait for it";
    const std::vector<resources::Condition> said =
        resources::conditions_of(mail.get(alice)->status);
    EXPECT_NE(said.front().message.find("against the rule"), std::string::npos);
    add_domain();
    EXPECT_EQ(mail.flush().written, 1U);
    EXPECT_FALSE(is_stalled());
}

TEST_F(MailStoreTest, AWatchAcrossTheOpeningIsToldToListAgain) {
    ASSERT_TRUE(mail.create(mailbox(1)));
    const std::int64_t before = mail.list({}).version;
    add_domain();
    const std::vector<Change> seen = mail.changes({}, before, 10).value();
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.back().version, mail.version());
    mail.flush();
    // The database's count goes past the other one's.
    for (int i = 2; i < 30; ++i) ASSERT_TRUE(mail.update(mailbox(i)));
    for (const std::int64_t after : {before, seen.back().version}) {
        EXPECT_EQ(mail.changes({}, after, 10).error().reason(), StoreReason::expired);
        EXPECT_TRUE(mail.wait_for_change(after, std::chrono::minutes(10), {}));
    }
    const std::int64_t open = mail.list({}).version;
    EXPECT_TRUE(mail.changes({}, open, 10));
    mail.close();
    EXPECT_EQ(mail.changes({}, open, 10).error().reason(), StoreReason::expired);
    EXPECT_TRUE(mail.wait_for_change(open, std::chrono::minutes(10), {}));
}

TEST_F(MailStoreTest, TakesNoVersionOfWhatWaitedForOneOfTheDatabase) {
    Object waiting = mail.create(mailbox(1)).value();
    waiting.spec["quotaMiB"] = 2;
    waiting = mail.update(waiting).value();
    EXPECT_EQ(waiting, mail.get(alice));
    EXPECT_EQ(waiting, mail.list({}).items.at(0));
    waiting.spec["quotaMiB"] = 3;
    mail.flush();
    EXPECT_EQ(mail.update(waiting).error().reason(), StoreReason::conflict);
    Object stored = mail.get(alice).value();
    mail.close();
    ASSERT_TRUE(mail.create(mailbox(4)));
    EXPECT_EQ(mail.update(stored).error().reason(), StoreReason::conflict);
}

TEST_F(MailStoreTest, CreatesNoSecondObjectBesideOneThatWasRefused) {
    need_domains();
    ASSERT_TRUE(mail.create(mailbox(1)));
    EXPECT_EQ(mail.flush().refused.size(), 1U);
    add_domain();
    EXPECT_EQ(mail.create(mailbox(2)).error().reason(), StoreReason::already_exists);
    ASSERT_TRUE(mail.update(mailbox(3)));
    EXPECT_EQ(mail.flush().written, 1U);
    EXPECT_EQ(quota_in(rows), "3");
}

TEST_F(MailStoreTest, AnEditOfWhatTheDatabaseHasIsNotUndoneByOneThatWaited) {
    mail.flush();
    ASSERT_TRUE(mail.create(mailbox(1)));
    mail.close();
    ASSERT_TRUE(mail.create(mailbox(2)));
    // Before alice's turn comes, somebody edits her.
    Object first;
    first.kind = "Domain";
    first.metadata.name = "first.test";
    ASSERT_TRUE(mail.create(first));
    database.before_create = [&] { between([&] { EXPECT_TRUE(mail.update(mailbox(3))); }); };
    mail.flush();
    other->get();
    mail.flush();
    EXPECT_EQ(quota_in(rows), "3");
    EXPECT_EQ(quota_in(platform), "none");
}

TEST_F(MailStoreTest, AnEditOvertakesOneThatTheDatabaseRefuses) {
    mail.flush();
    Object declared = mailbox(1);
    declared.metadata.managed_fields = {{"file:/etc/vectis", "Apply", ""}};
    ASSERT_TRUE(mail.create(declared));
    mail.close();
    ASSERT_TRUE(mail.create(mailbox(2)));
    EXPECT_EQ(mail.flush().refused.size(), 1U);
    ASSERT_TRUE(mail.update(mailbox(3)));
    EXPECT_EQ(mail.flush().written, 0U);
    EXPECT_EQ(quota_in(rows), "3");
}

TEST_F(MailStoreTest, WhatWaitedDoesNotComeBackAfterItsRemoval) {
    mail.flush();
    Object declared = mailbox(1);
    declared.metadata.managed_fields = {{"file:/etc/vectis", "Apply", ""}};
    ASSERT_TRUE(mail.create(declared));
    mail.close();
    ASSERT_TRUE(mail.create(mailbox(2)));
    mail.flush();
    ASSERT_TRUE(mail.remove(alice, {}));
    mail.flush();
    EXPECT_FALSE(mail.get(alice));
}

TEST_F(MailStoreTest, AnEditThatWaitsGoesBeforeTheRemovalOfItsObject) {
    mail.flush();
    ASSERT_TRUE(mail.create(mailbox(1)));
    mail.close();
    ASSERT_TRUE(mail.create(mailbox(2)));
    mail.expect();  // as after a restart: the edit waits still
    ASSERT_TRUE(mail.remove(alice, {}));
    EXPECT_EQ(quota_in(platform), "none") << "it would bring her back";
    EXPECT_EQ(quota_in(rows), "none");
}

TEST_F(MailStoreTest, AsksADatabaseThatIsExpectedInsteadOfShowingNothing) {
    mail.flush();
    ASSERT_TRUE(mail.create(mailbox(1)));
    MailStore restarted(platform, database, clock);
    EXPECT_EQ(quota_in(restarted), "none");
    restarted.expect();
    EXPECT_EQ(quota_in(restarted), "1");
}

}  // namespace
}  // namespace vectis::controller
