#include "reconcilers/certificate/certificate_plan.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace vectis::reconcilers {
namespace {

using std::chrono::days;
using std::chrono::seconds;

const controller::Time now = controller::parse_time("2026-11-23T20:00:00Z");

resources::CertificateSpec spec_for(std::vector<std::string> names) {
    resources::CertificateSpec spec;
    spec.issuer = "local";
    spec.dns_names = std::move(names);
    return spec;
}

CertificateFacts facts_for(std::vector<std::string> names) {
    CertificateFacts facts;
    facts.dns_names = std::move(names);
    facts.not_after = now + days(90);
    return facts;
}

TEST(CertificatePlan, IssuesWhenThereIsNone) {
    EXPECT_TRUE(plan_certificate(spec_for({"a.test"}), std::nullopt, false, now).must_issue);
}

TEST(CertificatePlan, KeepsACertificateWhateverTheOrderOfItsNames) {
    const CertificatePlan plan = plan_certificate(
        spec_for({"a.test", "b.test"}), facts_for({"b.test", "a.test"}), true, now
    );
    EXPECT_FALSE(plan.must_issue);
    EXPECT_EQ(plan.renew_at, now + days(60));
}

TEST(CertificatePlan, IssuesAnewWhenNamesOrIssuerDiffer) {
    EXPECT_TRUE(plan_certificate(spec_for({"a.test", "b.test"}), facts_for({"a.test"}), true, now)
                    .must_issue);
    EXPECT_TRUE(plan_certificate(spec_for({"a.test"}), facts_for({"a.test"}), false, now).must_issue
    );
}

TEST(CertificatePlan, RenewsAtItsTimeAndNotBefore) {
    const controller::Time due = now + days(60);
    EXPECT_FALSE(
        plan_certificate(spec_for({"a.test"}), facts_for({"a.test"}), true, due - seconds(1))
            .must_issue
    );
    EXPECT_TRUE(plan_certificate(spec_for({"a.test"}), facts_for({"a.test"}), true, due).must_issue
    );
}

}  // namespace
}  // namespace vectis::reconcilers
