#include "reconcilers/core/identity.hpp"

#include "reconcilers/core/keyed_hash.hpp"
#include "reconcilers/core/status.hpp"
#include "resources/condition.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

const Identity ours{"inst-1", "vectis"};

resources::Object network() {
    resources::Object object;
    object.kind = "Network";
    object.metadata.name = "mail";
    object.metadata.uid = "u1";
    object.metadata.generation = 3;
    return object;
}

TEST(Identity, RecognisesWhatItLabelledItself) {
    const docker::Labels labels = labels_for(ours, network());
    EXPECT_TRUE(stands_for(labels, ours, resources::key_of(network())));
}

TEST(Identity, AdoptsTheSameKeyWithAnotherUid) {
    docker::Labels labels = labels_for(ours, network());
    labels[label::uid] = "u2";
    EXPECT_TRUE(stands_for(labels, ours, resources::key_of(network())));
}

TEST(Identity, LeavesOtherInstallationsAndUnlabelledThingsAlone) {
    const docker::Labels labels = labels_for({"inst-2", "vectis"}, network());
    EXPECT_FALSE(stands_for(labels, ours, resources::key_of(network())));
    EXPECT_FALSE(stands_for({}, ours, resources::key_of(network())));
    EXPECT_TRUE(key_from(labels, ours).kind.empty());
}

TEST(Identity, TellsNamespacesApart) {
    resources::Object object = network();
    object.metadata.ns = "example.test";
    EXPECT_FALSE(stands_for(labels_for(ours, object), ours, resources::key_of(network())));
}

TEST(Status, HasOneMeaningAtATime) {
    boost::json::object status;
    set_reconciling(status, network(), {"Creating", "being made"}, "2026-01-01T00:00:00Z");
    EXPECT_TRUE(resources::is_true_for(status, "Reconciling", 3));
    EXPECT_FALSE(resources::is_true_for(status, "Ready", 3));
    set_stalled(status, network(), {"NameConflict", "taken"}, "2026-01-01T00:00:01Z");
    EXPECT_TRUE(resources::is_true_for(status, "Stalled", 3));
    EXPECT_FALSE(resources::is_true_for(status, "Reconciling", 3));
    set_ready(status, network(), {"Exists", "there"}, "2026-01-01T00:00:02Z");
    EXPECT_TRUE(resources::is_true_for(status, "Ready", 3));
    EXPECT_EQ(resources::conditions_of(status).size(), 1U);
    EXPECT_EQ(status.at("observedGeneration").as_int64(), 3);
}

TEST(KeyedHash, IsTheHmacOfRfc4231) {
    EXPECT_EQ(
        keyed_hash("Jefe", "what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c7"
    );
}

}  // namespace
}  // namespace vectis::reconcilers
