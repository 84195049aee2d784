#pragma once

#include "reconcilers/core/pki.hpp"

namespace vectis::reconcilers {

/// ECDSA P-256 keys, X.509 v3 by OpenSSL (RFC 5280). Certificates begin an hour ago, for clients
/// whose clocks are behind.
class OpensslPki final : public Pki {
public:
    KeyPair make_authority(const AuthorityRequest& request) override;
    KeyPair issue(const KeyPair& authority, const LeafRequest& request) override;
    CertificateFacts read(const std::string& certificate) override;
    bool is_issued_by(const KeyPair& pair, const std::string& authority_certificate) override;
};

}  // namespace vectis::reconcilers
