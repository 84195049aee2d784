#pragma once

#include "resources/field_error.hpp"
#include "resources/schema.hpp"
#include "resources/view.hpp"

#include <string>
#include <tuple>
#include <vector>

namespace vectis::resources {

/// Another address of one or more mailboxes; metadata.name is the local part, metadata.namespace
/// the domain.
struct AliasSpec {
    bool active = true;
    std::vector<std::string> destinations{};

    friend bool operator==(const AliasSpec&, const AliasSpec&) = default;
    static constexpr auto fields = std::tuple{
        field("active", &AliasSpec::active, "Accept mail for the alias."),
        field("destinations", &AliasSpec::destinations, "Addresses that receive the mail.")
            .required()
            .as_set()
            .at_most(500),
    };
};

template <>
AliasSpec view<AliasSpec>(const boost::json::object& spec);

/// Rules that no single field can state; paths start at the object's root.
std::vector<FieldError> validate(const AliasSpec& spec);

}  // namespace vectis::resources
