#pragma once

#include "controller/clock.hpp"
#include "controller/random.hpp"

#include <string>
#include <vector>

namespace vectis::reconcilers {

/// A key and its certificate, PEM.
struct KeyPair {
    std::string key{};
    std::string certificate{};
};

struct CertificateFacts {
    std::string subject{};
    std::string issuer{};
    std::string serial{};       ///< hex
    std::string fingerprint{};  ///< SHA-256, hex
    std::vector<std::string> dns_names{};
    controller::Time not_before{};
    controller::Time not_after{};
};

struct AuthorityRequest {
    std::string common_name{};
    int validity_days = 0;
    controller::Time now{};
};

struct LeafRequest {
    std::vector<std::string> dns_names{};
    int validity_days = 0;
    controller::Time now{};
};

/// Makes keys and certificates. The real one is OpenSSL (ECDSA P-256); the simulation's is a text
/// that says what it stands for.
class Pki {
public:
    Pki() = default;
    Pki(const Pki&) = delete;
    Pki& operator=(const Pki&) = delete;
    virtual ~Pki() = default;

    virtual KeyPair make_authority(const AuthorityRequest& request) = 0;
    virtual KeyPair issue(const KeyPair& authority, const LeafRequest& request) = 0;
    /// Throws std::runtime_error if it is no certificate.
    virtual CertificateFacts read(const std::string& certificate) = 0;
    /// Whether `pair` is signed by `authority` and its key fits.
    virtual bool is_issued_by(const KeyPair& pair, const std::string& authority_certificate) = 0;
};

}  // namespace vectis::reconcilers
