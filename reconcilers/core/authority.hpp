#pragma once

#include "controller/secrets.hpp"
#include "reconcilers/core/pki.hpp"

#include <optional>
#include <string>

namespace vectis::reconcilers {

/// Where the key of an Issuer is kept.
inline std::string authority_secret(const std::string& issuer) {
    return std::string(controller::platform_namespace) + "/issuer-" + issuer;
}

inline std::optional<KeyPair> load_authority(
    controller::Secrets& secrets, const std::string& issuer
) {
    const std::optional<controller::Secrets::Values> values = secrets.get(authority_secret(issuer));
    if (!values || !values->contains("tls.key") || !values->contains("tls.crt"))
        return std::nullopt;
    return KeyPair{values->at("tls.key"), values->at("tls.crt")};
}

}  // namespace vectis::reconcilers
