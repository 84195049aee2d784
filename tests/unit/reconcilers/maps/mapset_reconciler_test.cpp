#include "reconcilers/maps/mapset_reconciler.hpp"

#include "reconcilers/core/refused.hpp"
#include "reconcilers/core/sha256.hpp"
#include "tests/support/reconciler_world.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

namespace vectis::reconcilers {
namespace {

using resources::ObjectKey;
using std::chrono::seconds;
using vectis::test::ReconcilerWorld;

/// One table in memory, and what was done with it.
class FakeFiles final : public MapFiles {
public:
    std::optional<MapDigests>
    look(const MapPlace&, const std::vector<std::string>& names, const docker::Call&) override {
        ++looks;
        return digests_of(names);
    }
    MapDigests
    write(const MapPlace&, const std::map<std::string, std::string>& given, const docker::Call&)
        override {
        ++writes;
        if (is_lost) throw docker::EngineError(docker::EngineError::Outcome::unknown, "no answer");
        std::vector<std::string> names;
        for (const auto& [name, text] : given) {
            if (!is_broken) texts[name] = text;
            names.push_back(name);
        }
        return digests_of(names);
    }

    std::map<std::string, std::string> texts{};
    int looks = 0;
    int writes = 0;
    bool is_broken = false;
    bool is_lost = false;

private:
    MapDigests digests_of(const std::vector<std::string>& names) const {
        MapDigests out;
        for (const std::string& name : names) {
            if (texts.contains(name)) out[name] = sha256_hex(texts.at(name));
        }
        return out;
    }
};

class FakeSource final : public MapSource {
public:
    bool is_open() override { return is_there; }
    std::vector<MapContent> read(const std::vector<MapQuery>& queries, std::stop_token) override {
        if (is_silent) throw controller::StoreError("Postgres does not answer");
        std::vector<MapContent> out;
        for (const MapQuery& query : queries) {
            MapContent content{.digest = sha256_hex(text), .entries = 1};
            if (content.digest != query.known_digest) content.text = text;
            out.push_back(std::move(content));
        }
        return out;
    }

    std::string text = "example.test\tOK\n";
    bool is_there = true;
    bool is_silent = false;
};

class MapSets : public testing::Test {
protected:
    /// The container of Workload postfix, with or without the volume of the tables.
    void run_postfix(bool has_maps = true) {
        world_.engine.add_image("debian:trixie-slim");
        const resources::Object workload = *world_.store.get(postfix_);
        if (has_maps)
            world_.engine
                .create_volume(
                    {"vectis-postfix-maps",
                     labels_for_volume(world_.seams.identity, workload, world_.random.text(8))},
                    {}
                )
                .value();
        docker::ContainerSpec spec;
        spec.name = "vectis-postfix-1";
        spec.image = "debian:trixie-slim";
        spec.labels = labels_for(world_.seams.identity, workload);
        if (has_maps) spec.mounts = {{.source = "vectis-postfix-maps", .target = "/maps"}};
        world_.engine.start_container(world_.engine.create_container(spec, {}).value(), {}).value();
        world_.cache.hear("");
    }
    controller::ReconcileResult reconcile() { return reconciler_.reconcile(key_, {}); }
    std::string state() {
        const resources::Object object = *world_.store.get(key_);
        for (const resources::Condition& one : resources::conditions_of(object.status)) {
            if (one.type == "Ready")
                return one.status == resources::ConditionStatus::yes ? "Ready" : one.reason;
        }
        return "";
    }
    int warnings() {
        int out = 0;
        for (const controller::Event& event : world_.events.list(0)) {
            if (event.reason == "Repaired") ++out;
        }
        return out;
    }

    ReconcilerWorld world_;
    FakeSource source_;
    FakeFiles files_;
    std::set<ObjectKey> woken_;
    MapBoard board_{
        [this] { return std::vector<ObjectKey>{key_}; },
        [this](const ObjectKey& key) { woken_.insert(key); }
    };
    MapSetReconciler reconciler_{{world_.seams, world_.cache, source_, files_, board_}};
    ObjectKey postfix_ = world_.create("Workload", "postfix", {{"image", {{"name", "postfix"}}}});
    ObjectKey key_ = world_.create(
        "MapSet",
        "postfix",
        {{"workload", "postfix"}, {"maps", {{{"name", "domains"}, {"source", "map_domains"}}}}}
    );
    const ObjectKey alias_{"Alias", "example.test", "info"};
};

TEST_F(MapSets, WritesTheTablesOfARunningContainerOnce) {
    reconcile();
    EXPECT_EQ(state(), "WorkloadNotRunning");
    run_postfix(false);
    reconcile();
    EXPECT_EQ(state(), "WorkloadNotRunning") << "a container of an older image has no tables";
    world_.engine.remove_container("vectis-postfix-1", {}).value();
    run_postfix();
    source_.is_there = false;
    reconcile();
    EXPECT_EQ(state(), "DatabaseNotReady");
    source_.is_there = true;
    reconcile();
    EXPECT_EQ(state(), "Ready");
    EXPECT_EQ(files_.texts.at("domains"), source_.text);
    reconcile();
    EXPECT_EQ(files_.writes, 1);
    EXPECT_EQ(files_.looks, 1);
}

TEST_F(MapSets, FollowsTheDatabaseWithoutAWord) {
    run_postfix();
    reconcile();
    const std::size_t events = world_.events.list(0).size();
    source_.text += "other.test\tOK\n";
    reconcile();
    EXPECT_EQ(files_.texts.at("domains"), source_.text);
    EXPECT_EQ(world_.events.list(0).size(), events);
}

TEST_F(MapSets, RepairsAnEditedTableAndSaysSo) {
    run_postfix();
    reconcile();
    files_.texts["domains"] = "evil.test\tOK\n";
    world_.clock.advance(seconds(21));
    reconcile();
    EXPECT_EQ(files_.texts.at("domains"), source_.text);
    EXPECT_EQ(warnings(), 1);
    files_.texts.clear();
    world_.clock.advance(seconds(21));
    reconcile();
    EXPECT_EQ(files_.texts.at("domains"), source_.text);
    EXPECT_EQ(warnings(), 2);
}

TEST_F(MapSets, StayAsTheyAreWhileTheDatabaseIsAway) {
    run_postfix();
    reconcile();
    source_.is_silent = true;
    EXPECT_THROW(reconcile(), controller::StoreError);
    EXPECT_EQ(state(), "Ready");
    world_.clock.advance(seconds(11));
    EXPECT_THROW(reconcile(), controller::StoreError);
    EXPECT_EQ(state(), "DatabaseUnreachable");
    source_.is_silent = false;
    reconcile();
    EXPECT_EQ(state(), "Ready");
    source_.is_there = false;
    reconcile();
    EXPECT_EQ(state(), "Ready");
    EXPECT_EQ(files_.writes, 1);
}

TEST_F(MapSets, AreNotReadyWhenAReaderFindsSomethingElse) {
    run_postfix();
    files_.is_broken = true;
    EXPECT_THROW(reconcile(), ActionRefused);
    EXPECT_EQ(state(), "MapsNotWritten");
    files_.is_broken = false;
    reconcile();
    EXPECT_EQ(state(), "Ready");
}

TEST_F(MapSets, StayReadyWhenOneWriteFailsAndNotWhenItGoesOnFailing) {
    run_postfix();
    reconcile();
    files_.is_broken = true;
    source_.text += "other.test\tOK\n";
    EXPECT_THROW(reconcile(), ActionRefused);
    EXPECT_EQ(state(), "Ready");
    world_.clock.advance(seconds(11));
    EXPECT_THROW(reconcile(), ActionRefused);
    EXPECT_EQ(state(), "MapsNotWritten");
}

/// The writer may still be at work: it must not bring back what was taken back meanwhile.
TEST_F(MapSets, AreLookedAtAfterAWriteWithoutAnAnswer) {
    run_postfix();
    reconcile();
    const std::string before = source_.text;
    files_.is_lost = true;
    source_.text += "other.test\tOK\n";
    EXPECT_THROW(reconcile(), docker::EngineError);
    source_.text = before;
    reconcile();
    EXPECT_EQ(files_.looks, 2);
}

TEST_F(MapSets, TellWhenAChangeIsInThem) {
    run_postfix();
    EXPECT_FALSE(board_.has(alias_, "1"));
    EXPECT_TRUE(woken_.contains(key_));
    reconcile();
    EXPECT_TRUE(woken_.contains(alias_));
    EXPECT_TRUE(board_.has(alias_, "1"));
    EXPECT_FALSE(board_.is_expected(alias_));
}

TEST_F(MapSets, WhatWasReadBeforeAChangeDoesNotCountForIt) {
    const std::uint64_t ticket = board_.begin();
    EXPECT_FALSE(board_.has(alias_, "1"));
    board_.finish(key_, ticket);
    EXPECT_FALSE(board_.has(alias_, "1"));
    const std::uint64_t next = board_.begin();
    EXPECT_FALSE(board_.has(alias_, "2")) << "changed once more";
    board_.finish(key_, next);
    EXPECT_FALSE(board_.has(alias_, "2"));
    board_.finish(key_, board_.begin());
    EXPECT_TRUE(board_.has(alias_, "2"));
}

}  // namespace
}  // namespace vectis::reconcilers
