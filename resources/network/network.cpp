#include "resources/network/network.hpp"

#include "resources/checks.hpp"
#include "resources/decode.hpp"
#include "resources/spec_functions.hpp"

namespace vectis::resources {

template <>
NetworkSpec view<NetworkSpec>(const boost::json::object& spec) {
    return detail::decode_leniently<NetworkSpec>(spec);
}

std::vector<FieldError> validate(const NetworkSpec& spec) {
    if (spec.subnet.empty() || parse_subnet(spec.subnet)) return {};
    return {
        {.path = "/spec/subnet",
         .message = "'" + spec.subnet + "' is no IPv4 subnet; write one such as 172.31.250.0/24"}
    };
}

template SpecFunctions spec_functions<NetworkSpec>();

}  // namespace vectis::resources
