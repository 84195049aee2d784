#include "controller/apply.hpp"

#include "controller/journal_store.hpp"
#include "controller/postgres/postgres_store.hpp"
#include "controller/sim_clock.hpp"
#include "resources/condition.hpp"
#include "tests/support/forwarding_store.hpp"
#include "tests/unit/controller/limited_store.hpp"

#include <gtest/gtest.h>

namespace vectis::controller {
namespace {

using resources::Object;
using resources::ObjectKey;

Object object(const std::string& kind, const std::string& name, const std::string& ns = {}) {
    Object out{.api_version = "platform.vectis.dev/v1", .kind = kind};
    out.metadata.name = name;
    out.metadata.ns = ns;
    out.spec = {{"value", 1}};
    return out;
}

class ApplyTest : public testing::Test {
protected:
    ApplyOutcome apply_as(
        const std::string& manager, const std::vector<Object>& objects, Prune prune = Prune::no
    ) {
        return apply(stores, clock, manager, objects, {.prune = prune});
    }
    Applied only(const ApplyOutcome& outcome) const {
        EXPECT_EQ(outcome.conflicts, std::vector<std::string>{});
        EXPECT_EQ(outcome.objects.size(), 1U);
        return outcome.objects.at(0).what;
    }
    std::optional<Object> stored(const Object& wanted) {
        const ObjectKey key = resources::key_of(wanted);
        return stores.of(key).get(key);
    }

    SimClock clock;
    SeededRandom random{1};
    NoJournal no_journal;
    JournalStore platform{no_journal, clock, random};
    JournalStore mail{no_journal, clock, random};
    Stores stores{platform, mail};
};

TEST_F(ApplyTest, CreatesConfiguresAndLeavesAloneWhatIsEqual) {
    Object network = object("Network", "data");
    EXPECT_EQ(only(apply_as("cli", {network})), Applied::created);
    EXPECT_EQ(resources::applied_by(*stored(network)), "cli");
    const std::int64_t version = platform.version();
    EXPECT_EQ(only(apply_as("cli", {network})), Applied::unchanged);
    EXPECT_EQ(platform.version(), version);
    network.spec["value"] = 2;
    EXPECT_EQ(only(apply_as("cli", {network})), Applied::configured);
    EXPECT_EQ(stored(network)->metadata.generation, 2);
}

TEST_F(ApplyTest, SaysThatAnObjectWasConfiguredWhenOnlyALabelDiffers) {
    Object network = object("Network", "data");
    apply_as("cli", {network});
    network.metadata.labels["team"] = "mail";
    EXPECT_EQ(only(apply_as("cli", {network})), Applied::configured);
    EXPECT_EQ(stored(network)->metadata.labels.at("team"), "mail");
}

TEST_F(ApplyTest, TakesNothingButTheDeclarationFromADocument) {
    Object network = object("Network", "data");
    network.status["phase"] = "Ready";
    network.metadata.uid = "0193591a-0000-7000-8000-000000000001";
    network.metadata.finalizers = {"somebody/else"};
    apply_as("cli", {network});
    EXPECT_TRUE(stored(network)->status.empty());
    EXPECT_NE(stored(network)->metadata.uid, network.metadata.uid);
    EXPECT_TRUE(stored(network)->metadata.finalizers.empty());
}

TEST_F(ApplyTest, KeepsLabelsStatusAndFinalizersOfOthers) {
    Object network = object("Network", "data");
    apply_as("cli", {network});
    Object touched = *stored(network);
    touched.metadata.labels["by"] = "hand";
    touched.metadata.finalizers = {"vectis.dev/engine"};
    ASSERT_TRUE(platform.update(touched));
    network.spec["value"] = 2;
    apply_as("cli", {network});
    EXPECT_EQ(stored(network)->metadata.labels.at("by"), "hand");
    EXPECT_EQ(stored(network)->metadata.finalizers.size(), 1U);
}

TEST_F(ApplyTest, TakesAwayTheLabelsAndAnnotationsThatItGave) {
    Object network = object("Network", "data");
    network.metadata.labels["tier"] = "one";
    network.metadata.annotations["note"] = "ours";
    apply_as("cli", {network});
    Object touched = *stored(network);
    touched.metadata.labels["by"] = "hand";
    ASSERT_TRUE(platform.update(touched));
    network.metadata.labels.clear();
    network.metadata.annotations.clear();
    EXPECT_EQ(only(apply_as("cli", {network})), Applied::configured);
    EXPECT_FALSE(stored(network)->metadata.labels.contains("tier"));
    EXPECT_FALSE(stored(network)->metadata.annotations.contains("note"));
    EXPECT_EQ(stored(network)->metadata.labels.at("by"), "hand");
    EXPECT_EQ(only(apply_as("cli", {network})), Applied::unchanged);
}

TEST_F(ApplyTest, WritesNothingWhenOneObjectIsDeclaredElsewhere) {
    const Object theirs = object("Network", "data");
    apply_as("file:/etc/mail", {theirs});
    Object changed = theirs;
    changed.spec["value"] = 2;
    const Object fresh = object("Network", "mail");
    for (const char* manager : {"cli", "file:/srv/other", "git:repo"}) {
        const ApplyOutcome outcome = apply_as(manager, {fresh, changed});
        ASSERT_EQ(outcome.conflicts.size(), 1U);
        EXPECT_NE(outcome.conflicts[0].find("file:/etc/mail"), std::string::npos);
        EXPECT_TRUE(outcome.objects.empty());
        EXPECT_FALSE(stored(fresh));
        EXPECT_EQ(stored(theirs)->spec.at("value"), 1);
    }
}

TEST_F(ApplyTest, LetsAFolderTakeOverWhatTheCommandLineApplied) {
    const Object network = object("Network", "data");
    apply_as("cli", {network});
    EXPECT_EQ(only(apply_as("file:/etc/mail", {network})), Applied::unchanged);
    EXPECT_EQ(resources::applied_by(*stored(network)), "file:/etc/mail");
}

TEST_F(ApplyTest, RefusesObjectsThatBelongToAnOwnerOrAreGoing) {
    Object owned = object("Network", "owned");
    owned.metadata.owner_references = {{"Platform", "mail", "u"}};
    ASSERT_TRUE(platform.create(owned));
    Object going = object("Network", "going");
    going.metadata.finalizers = {"vectis.dev/engine"};
    ASSERT_TRUE(platform.create(going));
    ASSERT_TRUE(platform.remove(resources::key_of(going), {}));
    EXPECT_EQ(apply_as("cli", {owned, going}).conflicts.size(), 2U);
}

TEST_F(ApplyTest, RefusesKindsThatItDoesNotKnow) {
    EXPECT_EQ(apply_as("cli", {object("Pod", "x")}).conflicts.size(), 1U);
}

TEST_F(ApplyTest, PrunesPlatformObjectsThatLeftTheFolder) {
    const Object kept = object("Network", "kept");
    const Object left = object("Network", "left");
    const Object by_hand = object("Network", "by-hand");
    apply_as("cli", {by_hand});
    apply_as("file:/etc/mail", {kept, left}, Prune::yes);
    Object owned = object("Volume", "owned");
    owned.metadata.owner_references = {{"Platform", "mail", "u"}};
    owned.metadata.managed_fields = {{"file:/etc/mail", "Apply", "2026-01-01T00:00:00Z"}};
    ASSERT_TRUE(platform.create(owned));
    apply_as("file:/etc/mail", {kept}, Prune::no);
    EXPECT_TRUE(stored(left)) << "only a whole folder can say what left it";
    const ApplyOutcome outcome = apply_as("file:/etc/mail", {kept}, Prune::yes);
    EXPECT_EQ(outcome.objects.back().what, Applied::pruned);
    EXPECT_FALSE(stored(left));
    EXPECT_TRUE(stored(kept));
    EXPECT_TRUE(stored(by_hand));
    EXPECT_TRUE(stored(owned));
}

TEST_F(ApplyTest, NeverPrunesMail) {
    const Object domain = object("Domain", "example.test");
    const Object mailbox = object("Mailbox", "alice", "example.test");
    apply_as("file:/etc/mail", {mailbox, domain}, Prune::yes);
    const ApplyOutcome outcome = apply_as("file:/etc/mail", {domain}, Prune::yes);
    EXPECT_EQ(outcome.objects.back().what, Applied::left);
    ASSERT_TRUE(stored(mailbox));
    EXPECT_EQ(resources::applied_by(*stored(mailbox)), "");
    EXPECT_EQ(resources::left_by(*stored(mailbox)), "file:/etc/mail");
    EXPECT_EQ(apply_as("file:/etc/mail", {domain}, Prune::yes).objects.size(), 1U);
    apply_as("file:/etc/mail", {domain, mailbox}, Prune::yes);
    EXPECT_EQ(resources::left_by(*stored(mailbox)), "") << "it is declared again";
    EXPECT_EQ(resources::applied_by(*stored(mailbox)), "file:/etc/mail");
}

TEST_F(ApplyTest, ReportsWhatAStoreRefusesAndAppliesTheRest) {
    LimitedStore limited(mail, 2);
    const Stores full{platform, limited};
    const Object domain = object("Domain", "example.test");
    const Object alice = object("Mailbox", "alice", "example.test");
    const Object bob = object("Mailbox", "bob", "example.test");
    const Object network = object("Network", "data");
    const ApplyOutcome outcome =
        apply(full, clock, "file:/etc/mail", {bob, alice, domain, network});
    EXPECT_TRUE(outcome.conflicts.empty());
    EXPECT_EQ(outcome.objects.size(), 3U);
    ASSERT_EQ(outcome.refused.size(), 1U);
    EXPECT_EQ(outcome.refused[0].key, resources::key_of(alice));
    EXPECT_NE(outcome.refused[0].why.message().find("limit"), std::string::npos);
    EXPECT_TRUE(stored(bob));
    EXPECT_TRUE(stored(network));
}

TEST_F(ApplyTest, ReportsAnAddressThatAnotherObjectHas) {
    LimitedStore limited(mail, 10);
    const Stores taken{platform, limited};
    apply(taken, clock, "cli", {object("Mailbox", "alice", "example.test")});
    const ApplyOutcome outcome =
        apply(taken, clock, "cli", {object("Alias", "alice", "example.test")});
    ASSERT_EQ(outcome.refused.size(), 1U);
    EXPECT_EQ(outcome.refused[0].why.reason(), StoreReason::already_exists);
}

TEST_F(ApplyTest, RefusesToChangeTheValuesOfAnotherManagerUnlessItYields) {
    Object network = object("Network", "data");
    apply_as("kubectl", {network});
    EXPECT_TRUE(apply_as("cli", {network}).conflicts.empty()) << "the same values are no conflict";
    apply_as("kubectl", {network});
    network.spec["value"] = 2;
    EXPECT_EQ(
        apply_as("cli", {network}).conflicts,
        std::vector<std::string>{"Network/data: conflict with \"kubectl\": .spec.value"}
    );
    EXPECT_EQ(stored(network)->spec.at("value"), 1);
    const ApplyOptions forced{.yields = [](const std::string&) { return true; }};
    EXPECT_TRUE(apply(stores, clock, "cli", {network}, forced).conflicts.empty());
    EXPECT_EQ(resources::applied_by(*stored(network)), "cli");
}

TEST_F(ApplyTest, ReleasesWhatAManagerDeclaredInBothStores) {
    const Object domain = object("Domain", "example.test");
    const Object network = object("Network", "data");
    const Object other = object("Network", "other");
    apply_as("file:/etc/mail", {domain, network});
    apply_as("file:/srv/other", {other});
    EXPECT_EQ(release(stores, clock, "file:/etc/mail").objects.size(), 2U);
    EXPECT_EQ(resources::applied_by(*stored(domain)), "");
    EXPECT_EQ(resources::applied_by(*stored(network)), "");
    EXPECT_EQ(resources::applied_by(*stored(other)), "file:/srv/other");
}

TEST_F(ApplyTest, WritesDomainsBeforeTheirMailboxes) {
    const ApplyOutcome outcome = apply_as(
        "cli",
        {object("Alias", "info", "example.test"),
         object("Mailbox", "alice", "example.test"),
         object("Domain", "example.test"),
         object("Platform", "mail")}
    );
    ASSERT_EQ(outcome.objects.size(), 4U);
    EXPECT_EQ(outcome.objects[0].key.kind, "Platform");
    EXPECT_EQ(outcome.objects[1].key.kind, "Domain");
}

/// Writes a status between each look of another and its write, a few times.
class BusyStore final : public test::ForwardingStore {
public:
    BusyStore(Store& store, int times) : ForwardingStore(store), times_(times) {}

    std::optional<Object> get(const ObjectKey& key) override {
        const std::optional<Object> out = store().get(key);
        if (out && times_ > 0) {
            Object busy = *out;
            busy.status["times"] = times_--;
            EXPECT_TRUE(store().update_status(busy));
        }
        return out;
    }

private:
    int times_;
};

TEST_F(ApplyTest, OutrunsWritersOfStatus) {
    Object network = object("Network", "data");
    apply_as("cli", {network});
    network.spec["value"] = 2;
    BusyStore busy(platform, 4);
    const Stores contended{busy, mail};
    const ApplyOutcome outcome = apply(contended, clock, "cli", {network});
    EXPECT_EQ(only(outcome), Applied::configured);
    EXPECT_EQ(stored(network)->spec.at("value"), 2);
    EXPECT_FALSE(stored(network)->status.empty());
    network.spec["value"] = 3;
    BusyStore too_busy(platform, 1000);
    const Stores hopeless{too_busy, mail};
    EXPECT_THROW(apply(hopeless, clock, "cli", {network}), StoreError);
}

TEST_F(ApplyTest, AsksForAnotherTryOfWhatIsStalledOnly) {
    const Object good = object("Network", "data");
    const Object bad = object("Network", "mail");
    apply_as("cli", {good, bad});
    Object stalled = *stored(bad);
    resources::set_condition(
        stalled.status, {"Stalled", resources::ConditionStatus::yes, "R", "", 1, "t"}
    );
    ASSERT_TRUE(platform.update_status(stalled));
    apply_as("cli", {good, bad});
    EXPECT_EQ(attempt_of(*stored(bad)), "");
    clock.advance(std::chrono::seconds(5));
    apply(stores, clock, "cli", {good, bad}, {.retry = Retry::yes});
    EXPECT_EQ(attempt_of(*stored(good)), "");
    const std::string first = attempt_of(*stored(bad));
    EXPECT_NE(first, "");
    clock.advance(std::chrono::seconds(5));
    apply(stores, clock, "cli", {good, bad}, {.retry = Retry::yes});
    EXPECT_NE(attempt_of(*stored(bad)), first);
}

TEST_F(ApplyTest, AppliesThePlatformWhileTheMailStoreIsAwayAndSaysSo) {
    PostgresStore away(clock, random);  // attached to nothing
    const Stores broken{platform, away};
    Object domain = object("Domain", "example.test");
    const Object network = object("Network", "data");
    EXPECT_THROW(apply(broken, clock, "cli", {domain, network}), StoreError);
    EXPECT_TRUE(stored(network));
}

}  // namespace
}  // namespace vectis::controller
