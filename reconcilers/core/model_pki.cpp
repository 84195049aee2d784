#include "reconcilers/core/model_pki.hpp"

#include <sstream>
#include <stdexcept>

namespace vectis::reconcilers {
namespace {

constexpr const char* mark = "MODEL CERTIFICATE";

std::string text_of(
    const std::string& subject,
    const std::string& issuer,
    controller::Time now,
    int days,
    const std::vector<std::string>& names
) {
    std::string out = std::string(mark) + '\n' + subject + '\n' + issuer + '\n' +
                      controller::format_time(now) + '\n' +
                      controller::format_time(now + std::chrono::days(days)) + '\n';
    for (const std::string& name : names) out += name + '\n';
    return out;
}

}  // namespace

KeyPair ModelPki::make_authority(const AuthorityRequest& request) {
    return {
        "key of " + request.common_name + '\n',
        text_of(request.common_name, request.common_name, request.now, request.validity_days, {})
    };
}

KeyPair ModelPki::issue(const KeyPair& authority, const LeafRequest& request) {
    const std::string& name = request.dns_names.at(0);
    return {
        "key of " + name + '\n',
        text_of(
            name,
            read(authority.certificate).subject,
            request.now,
            request.validity_days,
            request.dns_names
        )
    };
}

CertificateFacts ModelPki::read(const std::string& certificate) {
    std::istringstream lines(certificate);
    std::string line;
    std::getline(lines, line);
    if (line != mark) throw std::runtime_error("this is no model certificate");
    CertificateFacts facts;
    std::getline(lines, facts.subject);
    std::getline(lines, facts.issuer);
    std::getline(lines, line);
    facts.not_before = controller::parse_time(line);
    std::getline(lines, line);
    facts.not_after = controller::parse_time(line);
    while (std::getline(lines, line)) facts.dns_names.push_back(line);
    facts.serial = "01";
    facts.fingerprint = "00";
    return facts;
}

bool ModelPki::is_issued_by(const KeyPair& pair, const std::string& authority_certificate) {
    try {
        return read(pair.certificate).issuer == read(authority_certificate).subject;
    } catch (const std::runtime_error&) {
        return false;
    }
}

}  // namespace vectis::reconcilers
