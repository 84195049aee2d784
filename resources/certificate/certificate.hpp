#pragma once

#include "resources/field_error.hpp"
#include "resources/schema.hpp"
#include "resources/view.hpp"

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace vectis::resources {

/// A certificate that an Issuer signs. Key and chain are the keys tls.key, tls.crt and ca.crt of
/// the Secret `secretName`.
struct CertificateSpec {
    std::string issuer{};
    std::string secret_name{};
    std::vector<std::string> dns_names{};
    std::int64_t validity_days = 90;
    std::int64_t renew_before_days = 30;

    friend bool operator==(const CertificateSpec&, const CertificateSpec&) = default;
    static constexpr auto fields = std::tuple{
        field("issuer", &CertificateSpec::issuer, "Name of the Issuer.").required(),
        field(
            "secretName",
            &CertificateSpec::secret_name,
            "Secret that receives tls.key, tls.crt and ca.crt."
        )
            .required(),
        field("dnsNames", &CertificateSpec::dns_names, "Host names it is for.")
            .required()
            .as_set()
            .at_most(100),
        field("validityDays", &CertificateSpec::validity_days, "Lifetime.").in(1, 825),
        field(
            "renewBeforeDays",
            &CertificateSpec::renew_before_days,
            "How long before its end it is renewed."
        )
            .in(0, 800),
    };
};

template <>
CertificateSpec view<CertificateSpec>(const boost::json::object& spec);

/// Rules that no single field can state; paths start at the object's root.
std::vector<FieldError> validate(const CertificateSpec& spec);

}  // namespace vectis::resources
