#include "resources/secret/secret.hpp"

#include "resources/decode.hpp"
#include "resources/spec_functions.hpp"

namespace vectis::resources {

template <>
SecretSpec view<SecretSpec>(const boost::json::object& spec) {
    return detail::decode_leniently<SecretSpec>(spec);
}

std::vector<FieldError> validate(const SecretSpec& spec) {
    (void)spec;
    return {};
}

template SpecFunctions spec_functions<SecretSpec>();

}  // namespace vectis::resources
