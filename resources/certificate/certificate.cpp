#include "resources/certificate/certificate.hpp"

#include "resources/checks.hpp"
#include "resources/decode.hpp"
#include "resources/spec_functions.hpp"

namespace vectis::resources {

template <>
CertificateSpec view<CertificateSpec>(const boost::json::object& spec) {
    return detail::decode_leniently<CertificateSpec>(spec);
}

std::vector<FieldError> validate(const CertificateSpec& spec) {
    std::vector<FieldError> errors;
    for (std::size_t i = 0; i < spec.dns_names.size(); ++i) {
        if (!is_domain_name(spec.dns_names[i])) {
            errors.push_back(
                {.path = "/spec/dnsNames/" + std::to_string(i),
                 .message = "'" + spec.dns_names[i] + "' is no host name in lower case"}
            );
        }
    }
    if (spec.dns_names.empty())
        errors.push_back({.path = "/spec/dnsNames", .message = "at least one name is needed"});
    if (spec.renew_before_days >= spec.validity_days)
        errors.push_back(
            {.path = "/spec/renewBeforeDays", .message = "must be less than validityDays"}
        );
    return errors;
}

template SpecFunctions spec_functions<CertificateSpec>();

}  // namespace vectis::resources
