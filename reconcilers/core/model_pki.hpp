#pragma once

#include "reconcilers/core/pki.hpp"

namespace vectis::reconcilers {

/// Certificates that are texts saying what they stand for: for the simulation and for plans, where
/// real keys would cost time and differ from run to run.
class ModelPki final : public Pki {
public:
    KeyPair make_authority(const AuthorityRequest& request) override;
    KeyPair issue(const KeyPair& authority, const LeafRequest& request) override;
    CertificateFacts read(const std::string& certificate) override;
    bool is_issued_by(const KeyPair& pair, const std::string& authority_certificate) override;
};

}  // namespace vectis::reconcilers
