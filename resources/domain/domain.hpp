#pragma once

#include "resources/field_error.hpp"
#include "resources/schema.hpp"
#include "resources/view.hpp"

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace vectis::resources {

/// A mail domain; metadata.name is the domain, in lower case. It is the namespace of its mailboxes
/// and aliases.
struct DomainSpec {
    bool active = true;
    std::string description{};
    std::string catch_all{};
    std::int64_t max_mailboxes = 0;

    friend bool operator==(const DomainSpec&, const DomainSpec&) = default;
    static constexpr auto fields = std::tuple{
        field("active", &DomainSpec::active, "Accept mail and logins for the domain."),
        field("description", &DomainSpec::description, "Free text."),
        field(
            "catchAll",
            &DomainSpec::catch_all,
            "Address that receives mail for unknown local parts; empty: refuse it."
        ),
        field(
            "maxMailboxes",
            &DomainSpec::max_mailboxes,
            "Most mailboxes in the domain; 0 is no limit."
        )
            .in(0, 10000000),
    };
};

template <>
DomainSpec view<DomainSpec>(const boost::json::object& spec);

/// Rules that no single field can state; paths start at the object's root.
std::vector<FieldError> validate(const DomainSpec& spec);

}  // namespace vectis::resources
