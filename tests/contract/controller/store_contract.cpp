#include "tests/contract/controller/store_contract.hpp"

#include "tests/unit/controller/background.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace vectis::controller {

using resources::Object;
using resources::ObjectKey;
using std::chrono::milliseconds;
using std::chrono::seconds;

Object StoreContract::object(const std::string& name) const {
    Object out{.api_version = GetParam().api_version, .kind = GetParam().kind};
    out.metadata.name = name;
    out.spec = {{"description", "first"}};
    return out;
}

ObjectKey StoreContract::key(const std::string& name) const {
    return {GetParam().kind, "", name};
}

Object StoreContract::created(const Object& wanted) {
    StoreResult<Object> result = store().create(wanted);
    if (!result) throw std::runtime_error("create: " + result.error().message());
    return *result;
}

Object StoreContract::updated(const Object& wanted) {
    StoreResult<Object> result = store().update(wanted);
    if (!result) throw std::runtime_error("update: " + result.error().message());
    return *result;
}

namespace {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreContract);

StoreReason reason_of(const StoreResult<Object>& result) {
    EXPECT_FALSE(result) << "expected a refusal";
    return result ? StoreReason::refused : result.error().reason();
}

std::vector<std::string> names_of(const ObjectList& list) {
    std::vector<std::string> out;
    for (const Object& object : list.items) out.push_back(object.metadata.name);
    return out;
}

std::int64_t version_of(const Object& object) {
    return std::stoll(object.metadata.resource_version);
}

TEST_P(StoreContract, GivesANewObjectItsIdentity) {
    const Object made = created(object("a.test"));
    EXPECT_EQ(made.metadata.uid.size(), 36U);
    EXPECT_EQ(made.metadata.generation, 1);
    EXPECT_NE(parse_time(made.metadata.creation_timestamp), Time{});
    EXPECT_FALSE(made.metadata.resource_version.empty());
    EXPECT_EQ(store().get(key("a.test")), made);
    EXPECT_EQ(store().get(key("b.test")), std::nullopt);
}

TEST_P(StoreContract, KeepsTheUidOfAnObjectThatHasOne) {
    Object wanted = object("a.test");
    wanted.metadata.uid = "0193591a-0000-7000-8000-000000000001";
    EXPECT_EQ(created(wanted).metadata.uid, wanted.metadata.uid);
}

TEST_P(StoreContract, RefusesToCreateWhatExists) {
    created(object("a.test"));
    EXPECT_EQ(reason_of(store().create(object("a.test"))), StoreReason::already_exists);
}

TEST_P(StoreContract, RefusesToChangeWhatDoesNotExist) {
    EXPECT_EQ(reason_of(store().update(object("a.test"))), StoreReason::not_found);
    EXPECT_EQ(reason_of(store().update_status(object("a.test"))), StoreReason::not_found);
    EXPECT_EQ(reason_of(store().remove(key("a.test"), {})), StoreReason::not_found);
}

TEST_P(StoreContract, ListsByKeyAndTellsTheVersionOfTheList) {
    for (const char* name : {"c.test", "a.test", "b.test"}) created(object(name));
    const ObjectList list = store().list(all());
    EXPECT_EQ(names_of(list), (std::vector<std::string>{"a.test", "b.test", "c.test"}));
    EXPECT_EQ(list.version, store().version());
    EXPECT_EQ(names_of(store().list({.kind = "Nothing"})), std::vector<std::string>{});
    EXPECT_EQ(names_of(store().list({.kind = GetParam().kind, .ns = "other.test"})).size(), 0U);
}

TEST_P(StoreContract, RaisesTheGenerationWhenTheSpecDiffersOnly) {
    Object made = created(object("a.test"));
    made.metadata.labels["team"] = "mail";
    made.metadata.annotations["note"] = "hello";
    const Object labelled = updated(made);
    EXPECT_EQ(labelled.metadata.generation, 1);
    EXPECT_EQ(labelled.metadata.labels.at("team"), "mail");
    EXPECT_GT(version_of(labelled), version_of(made));
    Object changed = labelled;
    changed.spec["description"] = "second";
    EXPECT_EQ(updated(changed).metadata.generation, 2);
}

TEST_P(StoreContract, WritesNothingWhenNothingDiffers) {
    const Object made = created(object("a.test"));
    const std::int64_t before = store().version();
    EXPECT_EQ(updated(made), made);
    StoreResult<Object> same = store().update_status(made);
    ASSERT_TRUE(same);
    EXPECT_EQ(*same, made);
    EXPECT_EQ(store().version(), before);
}

TEST_P(StoreContract, KeepsMembersOfTheSpecThatItDoesNotKnow) {
    Object wanted = object("a.test");
    wanted.spec["fromANewerVersion"] = {{"list", {1, 2.5, nullptr, "text"}}};
    created(wanted);
    EXPECT_EQ(store().get(key("a.test"))->spec, wanted.spec);
}

TEST_P(StoreContract, RefusesAnUpdateOfAnOlderVersion) {
    const Object made = created(object("a.test"));
    Object first = made;
    first.spec["description"] = "second";
    updated(first);
    Object late = made;
    late.spec["description"] = "third";
    EXPECT_EQ(reason_of(store().update(late)), StoreReason::conflict);
    late.status["phase"] = "late";
    EXPECT_EQ(reason_of(store().update_status(late)), StoreReason::conflict);
    EXPECT_EQ(store().get(key("a.test"))->spec.at("description"), "second");
}

TEST_P(StoreContract, TakesAnUpdateWithoutAVersion) {
    Object made = created(object("a.test"));
    made.metadata.resource_version.clear();
    made.spec["description"] = "second";
    EXPECT_EQ(updated(made).spec.at("description"), "second");
}

TEST_P(StoreContract, RefusesAnotherObjectOfTheSameName) {
    Object made = created(object("a.test"));
    made.metadata.uid = "0193591a-0000-7000-8000-000000000001";
    made.metadata.resource_version.clear();
    made.spec["description"] = "second";
    made.status["phase"] = "other";
    EXPECT_EQ(reason_of(store().update(made)), StoreReason::conflict);
    EXPECT_EQ(reason_of(store().update_status(made)), StoreReason::conflict);
    EXPECT_EQ(
        reason_of(store().remove(key("a.test"), {.uid = made.metadata.uid})), StoreReason::conflict
    );
}

TEST_P(StoreContract, KeepsSpecAndStatusApart) {
    Object made = created(object("a.test"));
    Object observed = made;
    observed.status["phase"] = "Running";
    observed.spec["description"] = "not for update_status";
    observed.metadata.labels["not"] = "either";
    StoreResult<Object> result = store().update_status(observed);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->spec, made.spec);
    EXPECT_TRUE(result->metadata.labels.empty());
    EXPECT_EQ(result->metadata.generation, 1);
    EXPECT_EQ(result->status.at("phase"), "Running");
    Object changed = *result;
    changed.spec["description"] = "second";
    changed.status["phase"] = "not for update";
    const Object after = updated(changed);
    EXPECT_EQ(after.status.at("phase"), "Running");
    EXPECT_EQ(after.spec.at("description"), "second");
}

TEST_P(StoreContract, DoesNotLetAnUpdateChangeTheIdentity) {
    const Object made = created(object("a.test"));
    Object changed = made;
    changed.metadata.generation = 99;
    changed.metadata.creation_timestamp = "2001-01-01T00:00:00Z";
    changed.metadata.deletion_timestamp = "2001-01-01T00:00:00Z";
    EXPECT_EQ(updated(changed), made);
}

TEST_P(StoreContract, RemovesAnObjectWithoutFinalizersAtOnce) {
    created(object("a.test"));
    StoreResult<Object> removed = store().remove(key("a.test"), {});
    ASSERT_TRUE(removed);
    EXPECT_TRUE(resources::is_being_deleted(*removed));
    EXPECT_EQ(store().get(key("a.test")), std::nullopt);
    const Object again = created(object("a.test"));
    EXPECT_NE(again.metadata.uid, removed->metadata.uid);
    EXPECT_GT(version_of(again), version_of(*removed));
}

TEST_P(StoreContract, KeepsAnObjectUntilItsLastFinalizerIsGone) {
    Object wanted = object("a.test");
    wanted.metadata.finalizers = {"vectis.dev/one", "vectis.dev/two"};
    created(wanted);
    StoreResult<Object> going = store().remove(key("a.test"), {});
    ASSERT_TRUE(going);
    EXPECT_TRUE(resources::is_being_deleted(*going));
    const std::int64_t before = store().version();
    EXPECT_EQ(*store().remove(key("a.test"), {}), *going);
    EXPECT_EQ(store().version(), before);
    Object left = *going;
    left.metadata.finalizers = {"vectis.dev/two"};
    left = updated(left);
    ASSERT_TRUE(store().get(key("a.test")));
    left.metadata.finalizers.clear();
    updated(left);
    EXPECT_EQ(store().get(key("a.test")), std::nullopt);
}

TEST_P(StoreContract, ChecksThePreconditionsOfARemoval) {
    const Object made = created(object("a.test"));
    Object changed = made;
    changed.spec["description"] = "second";
    const Object now = updated(changed);
    EXPECT_EQ(
        reason_of(
            store().remove(key("a.test"), {.resource_version = made.metadata.resource_version})
        ),
        StoreReason::conflict
    );
    EXPECT_TRUE(store().remove(
        key("a.test"), {.uid = now.metadata.uid, .resource_version = now.metadata.resource_version}
    ));
}

TEST_P(StoreContract, TellsChangesInTheOrderOfTheirVersions) {
    const std::int64_t start = store().version();
    Object made = created(object("a.test"));
    Object changed = made;
    changed.spec["description"] = "second";
    changed = updated(changed);
    const Object removed = *store().remove(key("a.test"), {});
    StoreResult<std::vector<Change>> changes = store().changes(all(), start, 100);
    ASSERT_TRUE(changes);
    ASSERT_EQ(changes->size(), 3U);
    EXPECT_EQ((*changes)[0].type, Change::Type::added);
    EXPECT_EQ((*changes)[0].object, made);
    EXPECT_EQ((*changes)[0].previous, std::nullopt);
    EXPECT_EQ((*changes)[1].type, Change::Type::modified);
    EXPECT_EQ((*changes)[1].object, changed);
    EXPECT_EQ((*changes)[1].previous, made);
    EXPECT_EQ((*changes)[2].type, Change::Type::deleted);
    EXPECT_EQ((*changes)[2].previous, changed);
    EXPECT_EQ((*changes)[2].object, removed);
    std::int64_t last = start;
    for (const Change& change : *changes) {
        EXPECT_GT(change.version, last);
        EXPECT_EQ(std::to_string(change.version), change.object.metadata.resource_version);
        last = change.version;
    }
    EXPECT_EQ(last, store().version());
    EXPECT_EQ(store().changes(all(), last, 100)->size(), 0U);
}

TEST_P(StoreContract, TellsChangesInPortions) {
    const std::int64_t start = store().version();
    for (int i = 0; i < 5; ++i) created(object("d" + std::to_string(i) + ".test"));
    std::vector<std::string> seen;
    std::int64_t after = start;
    for (;;) {
        const std::vector<Change> some = *store().changes(all(), after, 2);
        ASSERT_LE(some.size(), 2U);
        if (some.empty()) break;
        for (const Change& change : some) seen.push_back(change.object.metadata.name);
        after = some.back().version;
    }
    EXPECT_EQ(
        seen, (std::vector<std::string>{"d0.test", "d1.test", "d2.test", "d3.test", "d4.test"})
    );
}

TEST_P(StoreContract, SaysThatAVersionBelowItsLogHasExpired) {
    created(object("a.test"));
    const StoreResult<std::vector<Change>> changes = store().changes(all(), -1, 10);
    ASSERT_FALSE(changes);
    EXPECT_EQ(changes.error().reason(), StoreReason::expired);
}

TEST_P(StoreContract, WaitsForAChange) {
    const std::int64_t before = store().version();
    EXPECT_FALSE(store().wait_for_change(before, milliseconds(1), {}));
    Background waiting([&](const std::stop_token&) {
        return store().wait_for_change(before, seconds(30), {});
    });
    created(object("a.test"));
    EXPECT_TRUE(waiting.get());
    EXPECT_TRUE(store().wait_for_change(before, milliseconds(0), {}));
}

TEST_P(StoreContract, LetsAWaiterGoWhenItIsStopped) {
    std::stop_source stop;
    const std::int64_t now = store().version();
    Background waiting([&](const std::stop_token&) {
        return store().wait_for_change(now, seconds(60), stop.get_token());
    });
    stop.request_stop();
    ASSERT_TRUE(waiting.ends_within(seconds(20)));
    EXPECT_FALSE(waiting.get());
}

TEST_P(StoreContract, GivesOneOfManyWritersTheVersion) {
    const Object made = created(object("a.test"));
    std::atomic<int> winners = 0;
    std::atomic<int> losers = 0;
    {
        std::vector<std::jthread> writers;
        for (int i = 0; i < 4; ++i) {
            writers.emplace_back([&, i] {
                Object mine = made;
                mine.spec["description"] = "writer " + std::to_string(i);
                const StoreResult<Object> result = store().update(mine);
                if (result)
                    ++winners;
                else if (result.error().reason() == StoreReason::conflict)
                    ++losers;
            });
        }
    }
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(losers, 3);
    EXPECT_EQ(store().get(key("a.test"))->metadata.generation, 2);
}

TEST_P(StoreContract, LosesNoUpdateOfMany) {
    created(object("a.test"));
    constexpr int per_writer = 20;
    {
        std::vector<std::jthread> writers;
        for (int i = 0; i < 3; ++i) {
            writers.emplace_back([&] {
                for (int done = 0; done < per_writer;) {
                    Object mine = *store().get(key("a.test"));
                    const boost::json::value* count = mine.spec.if_contains("count");
                    mine.spec["count"] = (count == nullptr ? 0 : count->as_int64()) + 1;
                    if (store().update(mine)) ++done;
                }
            });
        }
    }
    EXPECT_EQ(store().get(key("a.test"))->spec.at("count").as_int64(), 3 * per_writer);
}

/// Collects what a store tells its listeners. They outlive the test's own frame, so it is shared.
struct Heard {
    std::mutex mutex{};
    std::condition_variable news{};
    std::vector<Change> changes{};
};

TEST_P(StoreContract, TellsListenersOfEveryChangeInTheOrderOfVersions) {
    constexpr int per_writer = 10;
    const std::int64_t start = store().version();
    const auto heard = std::make_shared<Heard>();
    store().subscribe([heard, start, this](const Change& change) {
        if (change.version <= start) return;
        store().get(resources::key_of(change.object));
        const std::scoped_lock lock(heard->mutex);
        heard->changes.push_back(change);
        heard->news.notify_all();
    });
    {
        std::vector<std::jthread> writers;
        for (int i = 0; i < 3; ++i) {
            writers.emplace_back([&, i] {
                for (int n = 0; n < per_writer; ++n) {
                    const std::string number = std::to_string(i) + "-" + std::to_string(n);
                    EXPECT_TRUE(store().create(object("d" + number + ".test")));
                }
            });
        }
    }
    std::unique_lock lock(heard->mutex);
    heard->news.wait_for(lock, seconds(20), [&] {
        return heard->changes.size() >= std::size_t{3} * per_writer;
    });
    ASSERT_EQ(heard->changes.size(), 3U * per_writer);
    std::int64_t last = start;
    for (const Change& change : heard->changes) {
        EXPECT_GT(change.version, last);
        last = change.version;
    }
}

TEST_P(StoreContract, KeepsWhatItAcknowledgedWhenItsProcessIsLost) {
    Object wanted = object("a.test");
    wanted.metadata.labels["team"] = "mail";
    wanted.metadata.finalizers = {"vectis.dev/one"};
    wanted.metadata.owner_references = {{"Platform", "mail", "u-1"}};
    wanted.metadata.managed_fields = {{"cli", "Apply", "2026-01-01T00:00:00Z"}};
    created(wanted);
    created(object("gone.test"));
    ASSERT_TRUE(store().remove(key("gone.test"), {}));
    Object observed = *store().get(key("a.test"));
    observed.status["phase"] = "Running";
    ASSERT_TRUE(store().update_status(observed));
    const ObjectList before = store().list(all());
    if (!reopen()) GTEST_SKIP() << "this store keeps nothing";
    const ObjectList after = store().list(all());
    EXPECT_EQ(after.items, before.items);
    EXPECT_EQ(after.version, before.version);
    EXPECT_GT(version_of(created(object("b.test"))), before.version);
}

}  // namespace
}  // namespace vectis::controller
