#include "resources/kind.hpp"
#include "resources/workload/workload.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace vectis::resources {
namespace {

std::vector<std::string> problems(const std::string& kind, const std::string& json) {
    std::vector<std::string> out;
    for (const FieldError& error : find_kind(kind)->validate(boost::json::parse(json).as_object()))
        out.push_back(to_text(error));
    return out;
}

std::string workload(const std::string& spec) {
    return R"({"apiVersion":"platform.vectis.dev/v1","kind":"Workload","metadata":{"name":"x"},"spec":)" +
           spec + "}";
}

using Texts = std::vector<std::string>;

TEST(Validate, AcceptsAMinimalWorkload) {
    EXPECT_EQ(problems("Workload", workload(R"({"image":{"build":"postfix"}})")), Texts{});
}

TEST(Validate, ReportsEveryMistakeAtOnce) {
    const Texts found = problems(
        "Workload",
        workload(
            R"({"image":{"build":"postfix"},"limts":{},"ports":[{"name":"a","containerPort":0},{"name":"a","containerPort":25,"hostPrt":1}]})"
        )
    );
    EXPECT_EQ(
        found,
        (Texts{
            "/spec/limts: unknown field 'limts'; did you mean 'limits'?",
            "/spec/ports/0/containerPort: must be between 1 and 65535",
            "/spec/ports/1: 'a' stands in the list twice",
            "/spec/ports/1/hostPrt: unknown field 'hostPrt'; did you mean 'hostPort'?"
        })
    );
}

TEST(Validate, SaysThatANumberForATextNeedsQuotes) {
    const Texts found = problems("Workload", workload(R"({"image":{"reference":3}})"));
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(
        found.front(),
        "/spec/image/reference: must be a text, but is a whole number; put it in quotes"
    );
}

TEST(Validate, RefusesCapabilitiesThatOpenTheHost) {
    const Texts found =
        problems("Workload", workload(R"({"image":{"build":"x"},"capabilities":["SYS_ADMIN"]})"));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NE(found.front().find("'SYS_ADMIN' is not allowed"), std::string::npos);
}

TEST(Validate, WantsExactlyOneSourceOfAnImage) {
    EXPECT_EQ(
        problems("Workload", workload(R"({"image":{}})")),
        Texts{"/spec/image: exactly one of build and reference must be set"}
    );
}

TEST(Validate, ChecksNamesAndNamespacesByKind) {
    const std::string mailbox =
        R"({"apiVersion":"mail.vectis.dev/v1","kind":"Mailbox","metadata":{"name":"Alice+x","namespace":"Example.test"},"spec":{}})";
    EXPECT_EQ(problems("Mailbox", mailbox).size(), 2U);
    const std::string domain =
        R"({"apiVersion":"mail.vectis.dev/v1","kind":"Domain","metadata":{"name":"example.test","namespace":"x"},"spec":{}})";
    EXPECT_EQ(
        problems("Domain", domain),
        Texts{"/metadata/namespace: Domain has no namespace; leave it out"}
    );
}

TEST(Validate, RefusesTwoServicesOnOnePort) {
    const Texts found = problems(
        "Platform",
        R"({"apiVersion":"platform.vectis.dev/v1","kind":"Platform","metadata":{"name":"d"},"spec":{"hostname":"mail.example.test","ports":{"smtp":2525,"smtps":2525}}})"
    );
    EXPECT_EQ(found, Texts{"/spec/ports/smtps: port 2525 is used by smtp too"});
}

TEST(View, IgnoresWhatANewerVersionWroteAndKeepsDefaultsForWhatIsMalformed) {
    const WorkloadSpec spec = view<WorkloadSpec>(
        boost::json::parse(
            R"({"image":{"build":"x"},"future":1,"limits":{"memoryMiB":"much","pids":99}})"
        )
            .as_object()
    );
    EXPECT_EQ(spec.image.build, "x");
    EXPECT_EQ(spec.limits.memory_mib, Limits{}.memory_mib);
    EXPECT_EQ(spec.limits.pids, 99);
}

}  // namespace
}  // namespace vectis::resources
