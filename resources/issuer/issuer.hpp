#pragma once

#include "resources/field_error.hpp"
#include "resources/schema.hpp"
#include "resources/view.hpp"

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace vectis::resources {

/// A local certificate authority that the platform creates.
struct IssuerSpec {
    std::string common_name = "Vectis local CA";
    std::int64_t validity_days = 3650;

    friend bool operator==(const IssuerSpec&, const IssuerSpec&) = default;
    static constexpr auto fields = std::tuple{
        field("commonName", &IssuerSpec::common_name, "Common name of the root certificate.")
            .at_most(64),
        field("validityDays", &IssuerSpec::validity_days, "Lifetime of the root certificate.")
            .in(1, 36500),
    };
};

template <>
IssuerSpec view<IssuerSpec>(const boost::json::object& spec);

/// Rules that no single field can state; paths start at the object's root.
std::vector<FieldError> validate(const IssuerSpec& spec);

}  // namespace vectis::resources
