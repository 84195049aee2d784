#include "reconcilers/certificate/certificate_plan.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

namespace vectis::reconcilers {
namespace {

std::vector<std::string> sorted(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

std::string owner_conflict(
    const controller::Secrets::Values& values, const std::string& name, bool had_it
) {
    const auto owner = values.find(certificate_owner);
    if (owner != values.end())
        return owner->second == name ? "" : "the secret belongs to Certificate/" + owner->second;
    // Before there were owners, a chain was the sign of a certificate.
    const bool is_free = values.empty() || had_it || values.contains("chain.pem");
    return is_free ? "" : "the secret holds something else";
}

CertificatePlan plan_certificate(
    const resources::CertificateSpec& spec,
    const std::optional<CertificateFacts>& facts,
    bool fits,
    controller::Time now
) {
    if (!facts) return {true, "there is no certificate", {}};
    CertificatePlan plan;
    plan.renew_at = facts->not_after - std::chrono::days(spec.renew_before_days);
    if (!fits)
        plan.cause = "it is not from issuer " + spec.issuer;
    else if (sorted(facts->dns_names) != sorted(spec.dns_names))
        plan.cause = "its names differ from dnsNames";
    else if (now >= plan.renew_at)
        plan.cause = "it ends at " + controller::format_time(facts->not_after);
    plan.must_issue = !plan.cause.empty();
    return plan;
}

}  // namespace vectis::reconcilers
