#include "resources/alias/alias.hpp"

#include "resources/checks.hpp"
#include "resources/decode.hpp"
#include "resources/spec_functions.hpp"

namespace vectis::resources {

template <>
AliasSpec view<AliasSpec>(const boost::json::object& spec) {
    return detail::decode_leniently<AliasSpec>(spec);
}

std::vector<FieldError> validate(const AliasSpec& spec) {
    std::vector<FieldError> errors;
    if (spec.destinations.empty())
        errors.push_back({.path = "/spec/destinations", .message = "at least one address is needed"}
        );
    for (std::size_t i = 0; i < spec.destinations.size(); ++i) {
        if (!is_mail_address(spec.destinations[i])) {
            errors.push_back(
                {.path = "/spec/destinations/" + std::to_string(i),
                 .message = "'" + spec.destinations[i] + "' is no mail address in lower case"}
            );
        }
    }
    return errors;
}

template SpecFunctions spec_functions<AliasSpec>();

}  // namespace vectis::resources
