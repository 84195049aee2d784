#include "controller/metrics.hpp"

#include <gtest/gtest.h>

namespace vectis::controller {
namespace {

TEST(Metrics, ShowsASeriesFromItsFirstMentionOn) {
    Metrics metrics;
    metrics.describe("mails_total", "counter", "Mails.");
    metrics.add("mails_total", {{"result", "sent"}}, 0);
    metrics.describe_histogram("seconds", "Time.", {0.5, 1});
    metrics.begin_histogram("seconds", {});
    EXPECT_EQ(
        metrics.expose(),
        "# HELP mails_total Mails.\n"
        "# TYPE mails_total counter\n"
        "mails_total{result=\"sent\"} 0\n"
        "# HELP seconds Time.\n"
        "# TYPE seconds histogram\n"
        "seconds_bucket{le=\"0.5\"} 0\n"
        "seconds_bucket{le=\"1\"} 0\n"
        "seconds_bucket{le=\"+Inf\"} 0\n"
        "seconds_sum 0\n"
        "seconds_count 0\n"
    );
}

TEST(Metrics, CountsSetsAndObserves) {
    Metrics metrics;
    metrics.add("a_total", {}, 2);
    metrics.add("a_total", {});
    metrics.set("depth", {{"b", "2"}, {"a", "1"}}, 7);
    metrics.set("depth", {{"b", "2"}, {"a", "1"}}, 5);
    metrics.describe_histogram("seconds", "", {0.5, 1});
    for (const double value : {0.5, 0.75, 4.0}) metrics.observe("seconds", {{"op", "x"}}, value);
    const std::string text = metrics.expose();
    EXPECT_NE(text.find("a_total 3\n"), std::string::npos);
    EXPECT_NE(text.find("depth{a=\"1\",b=\"2\"} 5\n"), std::string::npos);
    EXPECT_NE(text.find("seconds_bucket{op=\"x\",le=\"0.5\"} 1\n"), std::string::npos);
    EXPECT_NE(text.find("seconds_bucket{op=\"x\",le=\"1\"} 2\n"), std::string::npos);
    EXPECT_NE(text.find("seconds_bucket{op=\"x\",le=\"+Inf\"} 3\n"), std::string::npos);
    EXPECT_NE(text.find("seconds_sum{op=\"x\"} 5.25\n"), std::string::npos);
}

TEST(Metrics, EscapesWhatLabelsAndHelpMayNotHold) {
    Metrics metrics;
    metrics.describe("a", "gauge", "one\ntwo \"three\" \\");
    metrics.set("a", {{"name", "x\"y\\z\n"}}, 1);
    EXPECT_EQ(
        metrics.expose(),
        "# HELP a one\\ntwo \"three\" \\\\\n# TYPE a gauge\na{name=\"x\\\"y\\\\z\\n\"} 1\n"
    );
}

}  // namespace
}  // namespace vectis::controller
