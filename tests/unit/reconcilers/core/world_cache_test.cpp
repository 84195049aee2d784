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

const docker::Labels ours{{label::installation, "inst-1"}};

class WorldCacheTest : public testing::Test {
protected:
    WorldCacheTest() {
        engine_.add_image("app:1");
        for (const char* name : {"web", "db"}) make(name, ours);
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

    docker::ModelEngine engine_{[] { return docker::Time{}; }};
    std::mutex mutex_;
    std::map<std::string, std::string> ids_;
    std::set<std::string> inspected_;
    int lists_ = 0;
    bool fails_ = false;
    WorldCache cache_{engine_, ours};
};

using Names = std::set<std::string>;

TEST_F(WorldCacheTest, HoldsWhatIsOursAndAsksOnceOnly) {
    EXPECT_EQ(cache_.observe({})->containers.size(), 2U);
    EXPECT_EQ(inspected(), (Names{"web", "db"}));
    EXPECT_EQ(cache_.observe({})->containers.size(), 2U);
    EXPECT_EQ(lists_, 1);
}

TEST_F(WorldCacheTest, InspectsOnlyWhatChangedOrWasHeardOf) {
    (void)cache_.observe({});
    inspected();
    (void)engine_.start_container(ids_["web"], {});
    const auto world = cache_.refresh({});
    EXPECT_EQ(world->containers.at("web").state, docker::ContainerState::running);
    EXPECT_EQ(inspected(), Names{"web"});
    cache_.hear(ids_["db"]);
    (void)cache_.observe({});
    EXPECT_EQ(inspected(), Names{"db"});
}

/// The restart policy is in no row of the list, and the event may be lost.
TEST_F(WorldCacheTest, FindsInAResyncWhatNoListShows) {
    (void)cache_.observe({});
    (void)engine_.set_restart_policy(ids_["web"], docker::RestartPolicy::always, {});
    EXPECT_EQ(cache_.refresh({})->containers.at("web").restart_policy, docker::RestartPolicy::no);
    EXPECT_TRUE(cache_.resync({}));
    EXPECT_EQ(
        cache_.observe({})->containers.at("web").restart_policy, docker::RestartPolicy::always
    );
    EXPECT_FALSE(cache_.resync({}));
}

TEST_F(WorldCacheTest, RemembersWhatItHeardWhenALookFails) {
    (void)cache_.observe({});
    inspected();
    cache_.hear(ids_["db"]);
    fails_ = true;
    EXPECT_THROW(cache_.observe({}), docker::EngineError);
    inspected();
    fails_ = false;
    (void)cache_.observe({});
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
