#include "reconcilers/workload/workload_desired.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

namespace json = boost::json;

json::object files_with(const char* name, const char* content) {
    return {
        {"path", "/etc/vectis"},
        {"files", json::array{json::object{{"path", name}, {"content", content}}}}
    };
}

json::object postfix_spec() {
    return {
        {"image", {{"build", "postfix"}}},
        {"files", files_with("main.cf", "a = 1\nb = 1\n")},
        {"live", files_with("live.cf", "c = 1\nd = 1\n")},
        {"probe", {{"type", "smtp"}, {"port", 25}}},
        {"limits", {{"memoryMiB", 256}}}
    };
}

DesiredWorkload desired_of(const json::object& stable, const json::object& declared) {
    resources::Object object;
    object.kind = "Workload";
    object.metadata.name = "postfix";
    object.spec = declared;
    const std::string key = "key";
    return desired_workload({object, &stable, {}, {}, {"id", "vectis"}, key});
}

TEST(DesiredWorkload, NamesWhatDiffersFromWhatLastWasReady) {
    json::object declared = postfix_spec();
    declared["limits"] = {{"memoryMiB", 512}};
    declared["files"] = files_with("main.cf", "a = 1\nb = 2\n");
    EXPECT_EQ(
        resources::to_text(desired_of(postfix_spec(), declared).changes),
        "files.files[main.cf].content: line 2: b = 1 → b = 2; limits.memoryMiB: 256 → 512"
    );
}

TEST(DesiredWorkload, CountsNoFieldThatTakesEffectWithoutANewContainer) {
    json::object declared = postfix_spec();
    declared["probe"] = {{"type", "smtp"}, {"port", 587}};
    declared["live"] = files_with("live.cf", "c = 1\nd = 2\n");
    const DesiredWorkload desired = desired_of(postfix_spec(), declared);
    EXPECT_TRUE(desired.changes.empty()) << resources::to_text(desired.changes);
    EXPECT_EQ(
        resources::to_text(desired.live_changes),
        "live.files[live.cf].content: line 2: d = 1 → d = 2"
    );
}

}  // namespace
}  // namespace vectis::reconcilers
