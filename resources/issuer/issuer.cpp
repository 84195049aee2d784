#include "resources/issuer/issuer.hpp"

#include "resources/decode.hpp"
#include "resources/spec_functions.hpp"

namespace vectis::resources {

template <>
IssuerSpec view<IssuerSpec>(const boost::json::object& spec) {
    return detail::decode_leniently<IssuerSpec>(spec);
}

std::vector<FieldError> validate(const IssuerSpec& spec) {
    (void)spec;
    return {};
}

template SpecFunctions spec_functions<IssuerSpec>();

}  // namespace vectis::resources
