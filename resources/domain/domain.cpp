#include "resources/domain/domain.hpp"

#include "resources/checks.hpp"
#include "resources/decode.hpp"
#include "resources/spec_functions.hpp"

namespace vectis::resources {

template <>
DomainSpec view<DomainSpec>(const boost::json::object& spec) {
    return detail::decode_leniently<DomainSpec>(spec);
}

std::vector<FieldError> validate(const DomainSpec& spec) {
    if (spec.catch_all.empty() || is_mail_address(spec.catch_all)) return {};
    return {
        {.path = "/spec/catchAll",
         .message = "'" + spec.catch_all + "' is no mail address in lower case"}
    };
}

template SpecFunctions spec_functions<DomainSpec>();

}  // namespace vectis::resources
