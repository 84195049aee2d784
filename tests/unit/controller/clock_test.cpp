#include "controller/clock.hpp"

#include "controller/sim_clock.hpp"

#include <gtest/gtest.h>

namespace vectis::controller {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

TEST(Clock, WritesTimesAsKubernetesDoes) {
    const Time time = parse_time("2026-11-23T20:27:12Z");
    EXPECT_EQ(format_time(time), "2026-11-23T20:27:12Z");
    EXPECT_EQ(format_time_micro(time + microseconds(42)), "2026-11-23T20:27:12.000042Z");
    EXPECT_EQ(format_time(Time{}), "1970-01-01T00:00:00Z");
}

TEST(Clock, ReadsWhatItWrote) {
    for (const char* text :
         {"2026-02-28T23:59:59.999999Z",
          "2028-02-29T00:00:00.000001Z",
          "0001-01-01T00:00:00.000000Z"}) {
        EXPECT_EQ(format_time_micro(parse_time(text)), text);
    }
}

TEST(Clock, ReadsTheTimesOfOthers) {
    EXPECT_EQ(
        format_time_micro(parse_time("2026-11-23T20:27:12.123456789Z")),
        "2026-11-23T20:27:12.123456Z"
    );
    EXPECT_EQ(
        format_time_micro(parse_time("2026-11-23T20:27:12.5Z")), "2026-11-23T20:27:12.500000Z"
    );
    EXPECT_EQ(format_time(parse_time("2026-11-23T20:27:12+02:00")), "2026-11-23T18:27:12Z");
    EXPECT_EQ(format_time(parse_time("2026-11-23T20:27:12-05:30")), "2026-11-24T01:57:12Z");
}

TEST(Clock, ReadsNothingElse) {
    for (const char* text :
         {"",
          "2026",
          "2026-11-23",
          "2026-11-23T20:27:12",
          "2026-11-23 20:27:12Z",
          "2026-13-23T20:27:12Z",
          "2026-02-30T20:27:12Z",
          "2026-11-23T24:27:12Z",
          "2026-11-23T20:60:12Z",
          "2026-11-23T20:27:61Z",
          "2026-11-23T20:27:12.Z",
          "2026-11-23T20:27:12.1234567890Z",
          "2026-11-23T20:27:12Zjunk",
          "2026-11-23T20:27:12+0200",
          "2O26-11-23T20:27:12Z",
          "-026-11-23T20:27:12Z"}) {
        EXPECT_EQ(parse_time(text), Time{}) << text;
    }
}

TEST(SimClock, MovesOnInsteadOfWaiting) {
    SimClock clock;
    const Time start = clock.now();
    clock.sleep(seconds(5), {});
    EXPECT_EQ(clock.now(), start + seconds(5));
    clock.advance_to(start);
    EXPECT_EQ(clock.now(), start + seconds(5)) << "it never goes back";
}

TEST(SystemClock, ReturnsAtOnceWhenItIsStopped) {
    SystemClock clock;
    std::stop_source stop;
    stop.request_stop();
    const Time start = clock.now();
    clock.sleep(seconds(60), stop.get_token());
    EXPECT_LT(clock.now() - start, seconds(30));
}

}  // namespace
}  // namespace vectis::controller
