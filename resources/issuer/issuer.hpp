#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "resources/schema.hpp"

namespace vectis::resources {

/// A local certificate authority that the platform creates.
struct IssuerSpec {
    std::string common_name = "Vectis local CA";
    std::int64_t validity_days = 3650;

    friend bool operator==(const IssuerSpec&, const IssuerSpec&) = default;
    static constexpr auto fields = std::tuple{
        field("commonName", &IssuerSpec::common_name, "Common name of the root certificate.").at_most(64),
        field("validityDays", &IssuerSpec::validity_days, "Lifetime of the root certificate.").in(1, 36500),
    };
};

}  // namespace vectis::resources
