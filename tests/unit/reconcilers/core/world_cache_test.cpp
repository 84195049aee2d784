#include "reconcilers/core/world_cache.hpp"

#include "docker-client/model/model_engine.hpp"
#include "reconcilers/core/identity.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

namespace vectis::reconcilers {
namespace {

const Identity identity{"inst-1", "vectis"};

docker::Labels labels_of(const std::string& workload) {
    return {{label::installation, "inst-1"}, {label::kind, "Workload"}, {label::name, workload}};
}

class WorldCacheTest : public testing::Test {
protected:
    WorldCacheTest() {
        engine_.add_image("app:1");
        for (const char* name : {"web", "db"}) make(name, labels_of(name));
        make("theirs", {});
        engine_.set_interceptor(
            [this](std::string_view verb, std::string_view target, docker::Access) {
                const std::scoped_lock lock(mutex_);
                if (verb == "inspect_container") inspected_.insert(std::string(target));
                if (verb == "list_containers") ++lists_;
                if (verb == "list_networks" && fails_)
                    return docker::Fault{.kind = docker::Fault::Kind::not_sent};
                return docker::Fault{};
            }
        );
    }

    void make(const std::string& name, const docker::Labels& labels) {
        docker::ContainerSpec spec;
        spec.name = name;
        spec.image = "app:1";
        spec.labels = labels;
        const auto made = engine_.create_container(spec, {});
        if (!made) throw std::runtime_error(made.error().message());
        ids_[name] = *made;
    }
    /// The names of what was inspected since the last call.
    std::set<std::string> inspected() {
        std::set<std::string> names;
        for (const auto& [name, id] : ids_) {
            if (inspected_.contains(id)) names.insert(name);
        }
        inspected_.clear();
        return names;
    }

    /// The only container of the Workload.
    docker::Container look(const std::string& workload) {
        const auto found =
            cache_.containers_of(*cache_.observe({}), {"Workload", "", workload}, {});
        if (found.size() != 1) throw std::runtime_error(workload + ": not one container");
        return found.front();
    }

    docker::ModelEngine engine_{[] { return docker::Time{}; }};
    std::mutex mutex_;
    std::map<std::string, std::string> ids_;
    std::set<std::string> inspected_;
    int lists_ = 0;
    bool fails_ = false;
    WorldCache cache_{engine_, identity};
};

using Names = std::set<std::string>;

TEST_F(WorldCacheTest, HoldsWhatIsOursAndAsksOnceOnly) {
    EXPECT_EQ(cache_.observe({})->containers.size(), 2U);
    EXPECT_EQ(cache_.observe({})->containers.size(), 2U);
    EXPECT_EQ(lists_, 1);
    EXPECT_EQ(inspected(), Names{});
}

TEST_F(WorldCacheTest, InspectsOnlyTheContainersOfWhoAsks) {
    EXPECT_EQ(look("web").id, ids_["web"]);
    EXPECT_EQ(inspected(), Names{"web"});
    EXPECT_EQ(look("web").id, ids_["web"]);
    EXPECT_EQ(inspected(), Names{});
}

TEST_F(WorldCacheTest, InspectsAgainWhatChangedOrWasHeardOf) {
    look("web");
    look("db");
    inspected();
    (void)engine_.start_container(ids_["web"], {});
    (void)cache_.refresh({});
    EXPECT_EQ(look("web").state, docker::ContainerState::running);
    look("db");
    EXPECT_EQ(inspected(), Names{"web"});
    for (const std::string& heard : {ids_["db"], std::string("db")}) {
        cache_.hear(heard);
        look("web");
        look("db");
        EXPECT_EQ(inspected(), Names{"db"}) << heard;
    }
}

/// The restart policy is in no row of the list, and the event may be lost.
TEST_F(WorldCacheTest, FindsInAResyncWhatNoListShows) {
    look("web");
    (void)engine_.set_restart_policy(ids_["web"], docker::RestartPolicy::always, {});
    (void)cache_.refresh({});
    EXPECT_EQ(look("web").restart_policy, docker::RestartPolicy::no);
    EXPECT_TRUE(cache_.resync(1, {}));
    EXPECT_EQ(look("web").restart_policy, docker::RestartPolicy::always);
    EXPECT_FALSE(cache_.resync(1, {}));
}

TEST_F(WorldCacheTest, FindsInAResyncWhatTheListsShow) {
    (void)cache_.observe({});
    (void)engine_.start_container(ids_["web"], {});
    EXPECT_TRUE(cache_.resync(2, {}));
    EXPECT_FALSE(cache_.resync(2, {}));
}

TEST_F(WorldCacheTest, IsNotSurprisedByWhatItHeardOf) {
    look("web");
    (void)engine_.start_container(ids_["web"], {});
    cache_.hear(ids_["web"]);
    EXPECT_FALSE(cache_.resync(1, {}));
}

TEST_F(WorldCacheTest, InspectsEachContainerOnceInAsManyResyncsAsThereAreShares) {
    make("mail", labels_of("mail"));
    Names all;
    for (int i = 0; i < 3; ++i) {
        (void)cache_.resync(3, {});
        const Names seen = inspected();
        EXPECT_EQ(seen.size(), 1U);
        all.insert(seen.begin(), seen.end());
    }
    EXPECT_EQ(all, (Names{"web", "db", "mail"}));
    (void)cache_.resync(2, {});
    EXPECT_EQ(inspected().size(), 2U);
}

TEST_F(WorldCacheTest, ResyncsNothing) {
    for (const auto& [name, id] : ids_) (void)engine_.remove_container(id, {});
    EXPECT_FALSE(cache_.resync(4, {}));
}

TEST_F(WorldCacheTest, RemembersWhatItHeardWhenALookFails) {
    look("db");
    inspected();
    cache_.hear(ids_["db"]);
    fails_ = true;
    EXPECT_THROW(cache_.observe({}), docker::EngineError);
    fails_ = false;
    look("db");
    EXPECT_EQ(inspected(), Names{"db"});
}

TEST_F(WorldCacheTest, TakesOnePictureForAllThatAskMeanwhile) {
    std::atomic<bool> is_held = true;
    std::atomic<int> inside = 0;
    engine_.set_interceptor([&](std::string_view verb, std::string_view, docker::Access) {
        if (verb == "list_containers") {
            ++lists_;
            ++inside;
            while (is_held) std::this_thread::yield();
        }
        return docker::Fault{};
    });
    std::jthread first([&] { (void)cache_.refresh({}); });
    while (inside == 0) std::this_thread::yield();
    {
        std::vector<std::jthread> others;
        std::atomic<int> asked = 0;
        for (int i = 0; i < 4; ++i) {
            others.emplace_back([&] {
                ++asked;
                (void)cache_.refresh({});
            });
        }
        while (asked < 4) std::this_thread::yield();
        std::this_thread::yield();
        is_held = false;
    }
    first.join();
    EXPECT_GE(lists_, 2);  // the first one began before the others asked
    EXPECT_LE(lists_, 5);
}

}  // namespace
}  // namespace vectis::reconcilers
