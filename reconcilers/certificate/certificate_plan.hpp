#pragma once

#include "controller/clock.hpp"
#include "controller/secrets.hpp"
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

/// The key of a secret that says which Certificate it belongs to.
inline constexpr const char* certificate_owner = "certificate";

/// Why the Certificate `name` may not write this secret: another has it, or it holds something
/// else; empty if it may. `had_it`: its status says that it wrote it before. Pure.
std::string owner_conflict(
    const controller::Secrets::Values& values, const std::string& name, bool had_it
);

/// `facts` are those of the certificate in the secret, if there is one that can be read; `fits`
/// whether the issuer signed it and the key belongs to it. Pure.
CertificatePlan plan_certificate(
    const resources::CertificateSpec& spec,
    const std::optional<CertificateFacts>& facts,
    bool fits,
    controller::Time now
);

}  // namespace vectis::reconcilers
