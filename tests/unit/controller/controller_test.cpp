#include "controller/controller.hpp"

#include "controller/crash.hpp"
#include "controller/file_lease.hpp"
#include "controller/journal_store.hpp"
#include "controller/sim_clock.hpp"
#include "tests/unit/controller/background.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <stdexcept>
#include <thread>

namespace vectis::controller {
namespace {

using resources::Object;
using resources::ObjectKey;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ScriptedReconciler final : public Reconciler {
public:
    using Script = std::function<ReconcileResult(const ObjectKey&, const ReconcileContext&)>;
    ScriptedReconciler(std::string kind, Script script)
        : kind_(std::move(kind)), script_(std::move(script)) {}

    std::string_view kind() const override { return kind_; }
    ReconcileResult reconcile(const ObjectKey& key, const ReconcileContext& context) override {
        return script_(key, context);
    }

private:
    std::string kind_;
    Script script_;
};

Object object(const std::string& kind, const std::string& name, const std::string& ns = {}) {
    Object out{.kind = kind};
    out.metadata.name = name;
    out.metadata.ns = ns;
    return out;
}

/// Held or not, as the test says.
class SwitchLease final : public Lease {
public:
    std::optional<std::string> acquire() override { return std::nullopt; }
    bool is_held() const override { return is_held_; }
    void release() override { is_held_ = false; }
    std::uint64_t epoch() const override { return 1; }
    void give() { is_held_ = true; }

private:
    std::atomic<bool> is_held_ = true;
};

class ControllerTest : public testing::Test {
protected:
    ScriptedReconciler recorder(const std::string& kind) {
        return {kind, [this](const ObjectKey& key, const ReconcileContext&) {
                    seen.push_back(resources::to_text(key));
                    return ReconcileResult{};
                }};
    }
    void drain() {
        while (controller.step({})) {
        }
    }
    bool exposes(const std::string& line) const {
        return metrics.expose().find(line + '\n') != std::string::npos;
    }

    SimClock clock;
    SeededRandom random{1};
    Metrics metrics;
    SwitchLease lease;
    NoJournal no_journal;
    JournalStore store{no_journal, clock, random};
    Controller controller{Controller::Parts{clock, random, metrics, lease}};
    std::vector<std::string> seen;
};

TEST_F(ControllerTest, ReconcilesWhatChangesAndItsOwners) {
    ScriptedReconciler networks = recorder("Network");
    ScriptedReconciler platforms = recorder("Platform");
    controller.add(networks);
    controller.add(platforms);
    controller.follow(store);
    Object network = object("Network", "data");
    network.metadata.owner_references = {{"Platform", "mail", "u"}};
    ASSERT_TRUE(store.create(network));
    ASSERT_TRUE(store.create(object("Volume", "nobody-cares")));
    drain();
    EXPECT_EQ(seen, (std::vector<std::string>{"Network/data", "Platform/mail"}));
}

TEST_F(ControllerTest, LooksForANamespacedOwnerInTheNamespaceOfWhatItOwns) {
    ScriptedReconciler mailboxes = recorder("Mailbox");
    controller.add(mailboxes);
    controller.follow(store);
    Object secret = object("Secret", "alice", "example.test");
    secret.metadata.owner_references = {{"Mailbox", "alice", "u"}};
    ASSERT_TRUE(store.create(secret));
    drain();
    EXPECT_EQ(seen, std::vector<std::string>{"Mailbox/example.test/alice"});
}

TEST_F(ControllerTest, WakesTheOwnerThatAnObjectHadBefore) {
    ScriptedReconciler platforms = recorder("Platform");
    Object network = object("Network", "data");
    network.metadata.owner_references = {{"Platform", "old", "u"}};
    ASSERT_TRUE(store.create(network));
    controller.add(platforms);
    controller.follow(store);
    network.metadata.owner_references = {{"Platform", "new", "u"}};
    ASSERT_TRUE(store.update(network));
    drain();
    EXPECT_EQ(seen, (std::vector<std::string>{"Platform/new", "Platform/old"}));
}

TEST_F(ControllerTest, LooksAgainWhenItWasAskedTo) {
    ScriptedReconciler networks("Network", [](const ObjectKey&, const ReconcileContext&) {
        return ReconcileResult{.again_after = seconds(10)};
    });
    controller.add(networks);
    controller.wake({"Network", "", "data"});
    EXPECT_TRUE(controller.step({}));
    EXPECT_FALSE(controller.step({}));
    EXPECT_EQ(controller.next_due(), clock.now() + seconds(10));
    clock.advance(seconds(10));
    EXPECT_TRUE(controller.step({}));
    EXPECT_TRUE(exposes(
        "controller_runtime_reconcile_total{controller=\"Network\",result=\"requeue_after\"} 2"
    ));
}

TEST_F(ControllerTest, BacksOffAfterAFailureAndCountsIt) {
    bool fails = true;
    ScriptedReconciler networks("Network", [&](const ObjectKey&, const ReconcileContext&) {
        if (fails) throw std::runtime_error("the engine is away");
        return ReconcileResult{};
    });
    controller.add(networks);
    const ObjectKey key{"Network", "", "data"};
    controller.wake(key);
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(controller.step({}));
        ASSERT_FALSE(controller.step({}));
        clock.advance_to(controller.next_due().value());
    }
    EXPECT_EQ(controller.queue().failures(key), 5);
    EXPECT_TRUE(exposes("controller_runtime_reconcile_errors_total{controller=\"Network\"} 5"));
    EXPECT_TRUE(exposes("workqueue_retries_total{controller=\"vectis\",name=\"vectis\"} 5"));
    fails = false;
    ASSERT_TRUE(controller.step({}));
    EXPECT_EQ(controller.queue().failures(key), 0);
    EXPECT_EQ(controller.next_due(), std::nullopt);
}

TEST_F(ControllerTest, KeepsAFailingKeyAtItsDistanceThoughItWritesItsStatus) {
    ScriptedReconciler networks("Network", [&](const ObjectKey& key, const ReconcileContext&) {
        Object failed = store.get(key).value();
        failed.status["time"] = format_time_micro(clock.now());
        EXPECT_TRUE(store.update_status(failed));
        throw std::runtime_error("no");
        return ReconcileResult{};
    });
    controller.add(networks);
    controller.follow(store);
    ASSERT_TRUE(store.create(object("Network", "data")));
    const Time start = clock.now();
    for (int i = 0; i < 15; ++i) {
        ASSERT_TRUE(controller.step({}));
        clock.advance_to(controller.next_due().value());
    }
    EXPECT_GT(clock.now() - start, std::chrono::minutes(3));
}

TEST_F(ControllerTest, LooksSoonAtAnEditThatWasMadeDuringAFailure) {
    int value = 0;
    ScriptedReconciler networks("Network", [&](const ObjectKey& key, const ReconcileContext&) {
        if (value > 0) {
            Object edited = store.get(key).value();
            edited.spec["value"] = value;
            EXPECT_TRUE(store.update(edited));
        }
        throw std::runtime_error("no");
        return ReconcileResult{};
    });
    controller.add(networks);
    controller.follow(store);
    ASSERT_TRUE(store.create(object("Network", "data")));
    for (int i = 0; i < 15; ++i) {
        value = i == 14 ? 1 : 0;
        ASSERT_TRUE(controller.step({}));
        if (i < 14) clock.advance_to(controller.next_due().value());
    }
    EXPECT_LE(controller.next_due().value() - clock.now(), milliseconds(1200));
}

TEST_F(ControllerTest, LetsASimulatedCrashThrough) {
    ScriptedReconciler networks(
        "Network",
        [](const ObjectKey&, const ReconcileContext&) -> ReconcileResult { throw SimulatedCrash{}; }
    );
    controller.add(networks);
    controller.wake({"Network", "", "data"});
    EXPECT_THROW(controller.step({}), SimulatedCrash);
}

TEST_F(ControllerTest, DoesNothingWithoutTheLease) {
    ScriptedReconciler networks = recorder("Network");
    controller.add(networks);
    controller.wake({"Network", "", "data"});
    lease.release();
    EXPECT_FALSE(controller.step({}));
    EXPECT_TRUE(seen.empty());
    lease.give();
    EXPECT_TRUE(controller.step({}));
}

TEST_F(ControllerTest, GivesEachReconcileAnIdOfItsOwn) {
    std::vector<std::string> ids;
    ScriptedReconciler networks("Network", [&](const ObjectKey&, const ReconcileContext& context) {
        ids.push_back(context.id);
        return ReconcileResult{};
    });
    controller.add(networks);
    for (const char* name : {"a", "b"}) controller.wake({"Network", "", name});
    drain();
    ASSERT_EQ(ids.size(), 2U);
    EXPECT_EQ(ids[0].size(), 8U);
    EXPECT_NE(ids[0], ids[1]);
}

TEST_F(ControllerTest, ResyncsEveryObjectOfEveryStoreThatAnswers) {
    ScriptedReconciler networks = recorder("Network");
    controller.add(networks);
    ASSERT_TRUE(store.create(object("Network", "a")));
    ASSERT_TRUE(store.create(object("Network", "b")));
    controller.follow(store);
    controller.resync(Priority::resync);
    drain();
    EXPECT_EQ(seen, (std::vector<std::string>{"Network/a", "Network/b"}));
}

TEST_F(ControllerTest, HearsOfAStoreThatItDoesNotResync) {
    ScriptedReconciler networks = recorder("Network");
    controller.add(networks);
    ASSERT_TRUE(store.create(object("Network", "a")));
    controller.follow(store, Resync::no);
    controller.resync(Priority::resync);
    controller.resync_when_due();
    drain();
    EXPECT_TRUE(seen.empty());
    ASSERT_TRUE(store.create(object("Network", "b")));
    drain();
    EXPECT_EQ(seen, (std::vector<std::string>{"Network/b"}));
}

TEST_F(ControllerTest, MeasuresAResyncUntilEachObjectWasReconciled) {
    ScriptedReconciler networks("Network", [&](const ObjectKey&, const ReconcileContext&) {
        clock.advance(seconds(2));
        return ReconcileResult{};
    });
    controller.add(networks);
    for (const char* name : {"a", "b"}) ASSERT_TRUE(store.create(object("Network", name)));
    controller.follow(store);
    controller.resync_when_due();
    ASSERT_TRUE(controller.step({}));
    EXPECT_TRUE(exposes("controller_resync_seconds_count 0"));
    ASSERT_TRUE(controller.step({}));
    EXPECT_TRUE(exposes("controller_resync_seconds_count 1"));
    EXPECT_TRUE(exposes("controller_resync_seconds_sum 4"));
    controller.wake({"Network", "", "a"});
    drain();
    EXPECT_TRUE(exposes("controller_resync_seconds_count 1")) << "that was no resync";
}

TEST_F(ControllerTest, ShowsItsSeriesBeforeAnythingHappens) {
    ScriptedReconciler networks = recorder("Network");
    controller.add(networks);
    EXPECT_TRUE(
        exposes("controller_runtime_reconcile_total{controller=\"Network\",result=\"error\"} 0")
    );
    EXPECT_TRUE(exposes("controller_runtime_reconcile_time_seconds_count{controller=\"Network\"} 0")
    );
    EXPECT_TRUE(exposes("workqueue_depth{controller=\"vectis\",name=\"vectis\",priority=\"user\"} 0"
    ));
    EXPECT_TRUE(exposes("workqueue_adds_total{controller=\"vectis\",name=\"vectis\"} 0"));
}

TEST(ControllerThreads, ReconcilesContainersWhileEveryMailKeyIsStuck) {
    SystemClock clock;
    SystemRandom random;
    Metrics metrics;
    const FreeLease lease;
    Controller controller({clock, random, metrics, lease});
    std::atomic<int> stuck = 0;
    ScriptedReconciler mailboxes("Mailbox", [&](const ObjectKey&, const ReconcileContext& context) {
        ++stuck;
        while (!context.stop.stop_requested()) std::this_thread::yield();
        return ReconcileResult{};
    });
    std::promise<void> done;
    ScriptedReconciler workloads("Workload", [&](const ObjectKey&, const ReconcileContext&) {
        done.set_value();
        return ReconcileResult{};
    });
    controller.add(mailboxes);
    controller.add(workloads);
    controller.queue().limit({"Mailbox"}, 2);
    std::stop_source stop;
    Background running([&](const std::stop_token&) { controller.run(3, stop.get_token()); });
    for (int i = 0; i < 10; ++i)
        controller.wake({"Mailbox", "a.test", std::to_string(i)}, Priority::user);
    const Time deadline = clock.now() + seconds(20);
    while (stuck < 2 && clock.now() < deadline) std::this_thread::yield();
    controller.wake({"Workload", "", "postfix"}, Priority::resync);
    EXPECT_EQ(done.get_future().wait_for(seconds(20)), std::future_status::ready);
    EXPECT_EQ(stuck, 2);
    stop.request_stop();
    ASSERT_TRUE(running.ends_within(seconds(20)));
}

TEST(ControllerThreads, ReconcilesOnItsWorkersUntilItIsStopped) {
    SystemClock clock;
    SystemRandom random;
    Metrics metrics;
    const FreeLease lease;
    NoJournal no_journal;
    JournalStore store(no_journal, clock, random);
    Controller controller({clock, random, metrics, lease});
    constexpr int count = 50;
    std::atomic<int> ready = 0;
    ScriptedReconciler networks("Network", [&](const ObjectKey& key, const ReconcileContext&) {
        Object network = store.get(key).value();
        if (!network.status.contains("phase")) {
            network.status["phase"] = "Ready";
            if (store.update_status(network)) ++ready;
        }
        return ReconcileResult{};
    });
    controller.add(networks);
    controller.follow(store);
    for (int i = 0; i < count / 2; ++i) {
        ASSERT_TRUE(store.create(object("Network", std::to_string(i))));
    }
    std::stop_source stop;
    Background running([&](const std::stop_token&) { controller.run(4, stop.get_token()); });
    for (int i = count / 2; i < count; ++i) {
        ASSERT_TRUE(store.create(object("Network", std::to_string(i))));
    }
    const Time deadline = clock.now() + seconds(20);
    while (ready < count && clock.now() < deadline) std::this_thread::yield();
    stop.request_stop();
    ASSERT_TRUE(running.ends_within(seconds(20)));
    EXPECT_EQ(ready, count);
}

}  // namespace
}  // namespace vectis::controller
