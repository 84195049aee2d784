#pragma once

#include "controller/clock.hpp"
#include "reconcilers/core/pki.hpp"
#include "resources/certificate/certificate.hpp"

#include <optional>
#include <string>

namespace vectis::reconcilers {

struct CertificatePlan {
    bool must_issue = false;
    std::string cause{};
    controller::Time renew_at{};  ///< of the certificate that is there
};

/// `facts` are those of the certificate in the secret, if there is one that can be read; `fits`
/// whether the issuer signed it and the key belongs to it. Pure.
CertificatePlan plan_certificate(
    const resources::CertificateSpec& spec,
    const std::optional<CertificateFacts>& facts,
    bool fits,
    controller::Time now
);

}  // namespace vectis::reconcilers
