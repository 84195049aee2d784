#include "resources/canonical.hpp"
#include "resources/condition.hpp"
#include "resources/diff.hpp"
#include "resources/kind.hpp"
#include "resources/object.hpp"
#include "resources/yaml.hpp"
#include "tests/support/golden.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace vectis::resources {
namespace {

boost::json::value parse(const std::string& text) {
    return boost::json::parse(text);
}

TEST(Canonical, IsTheSameForEqualValuesInAnyOrder) {
    EXPECT_EQ(
        canonical(parse(R"({"b":1,"a":[1.0,{"d":2,"c":"x"}]})")),
        R"({"a":[1,{"c":"x","d":2}],"b":1})"
    );
    EXPECT_EQ(hash(parse(R"({"a":1,"b":2})")), hash(parse(R"({"b":2.0,"a":1})")));
    EXPECT_NE(hash(parse(R"({"a":1})")), hash(parse(R"({"a":"1"})")));
}

/// A change of this text would make every installation replace every container.
TEST(Canonical, KeepsItsHashFromReleaseToRelease) {
    EXPECT_EQ(hash(parse("{}")), "v1:44136fa355b3678a1146ad16f7e8649e");
}

TEST(Diff, NamesPathsAndMatchesListEntriesByName) {
    const auto changes = diff(
        parse(
            R"({"limits":{"memoryMiB":256},"ports":[{"name":"smtp","hostPort":25},{"name":"old"}]})"
        )
            .as_object(),
        parse(
            R"({"limits":{"memoryMiB":512},"ports":[{"name":"new"},{"name":"smtp","hostPort":2525}]})"
        )
            .as_object()
    );
    ASSERT_EQ(changes.size(), 4U);
    EXPECT_EQ(to_text(changes[0]), "limits.memoryMiB: 256 → 512");
    EXPECT_EQ(changes[1].path, "ports[new]");
    EXPECT_EQ(changes[2].path, "ports[old]");
    EXPECT_EQ(to_text(changes[3]), "ports[smtp].hostPort: 25 → 2525");
}

TEST(Object, SurvivesItsWireForm) {
    Object object{.api_version = "a/v1", .kind = "Workload"};
    object.metadata = {
        .name = "x",
        .ns = "n",
        .uid = "u",
        .generation = 3,
        .resource_version = "7",
        .creation_timestamp = "t",
        .deletion_timestamp = "d"
    };
    object.metadata.finalizers = {"f"};
    object.metadata.owner_references = {{"Platform", "p", "pu"}};
    object.metadata.managed_fields = {{"file:/x", "Apply", "t", {"a", "b"}, {"vectis.dev/recreate"}}
    };
    object.metadata.annotations["k"] = "v";
    object.spec["future"] = parse(R"([1,{"a":2}])");
    object.status["s"] = 1;
    EXPECT_EQ(from_json(to_json(object)), object);
}

TEST(Condition, ChangesItsTimeOnlyWithItsStatus) {
    boost::json::object status;
    set_condition(status, {"Ready", ConditionStatus::no, "A", "", 1, "t1"});
    set_condition(status, {"Ready", ConditionStatus::no, "B", "", 1, "t2"});
    EXPECT_EQ(conditions_of(status).front().last_transition_time, "t1");
    set_condition(status, {"Ready", ConditionStatus::yes, "C", "", 2, "t3"});
    EXPECT_EQ(conditions_of(status).front().last_transition_time, "t3");
    EXPECT_TRUE(is_true_for(status, "Ready", 2));
    EXPECT_FALSE(is_true_for(status, "Ready", 3));
}

TEST(Schema, IsAsItWasForEveryKind) {
    for (const Kind& kind : kinds()) {
        test::expect_golden(
            "schemas/" + std::string(kind.singular) + ".yaml", to_yaml(kind.json_schema())
        );
    }
}

}  // namespace
}  // namespace vectis::resources
