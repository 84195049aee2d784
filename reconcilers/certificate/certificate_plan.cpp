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
