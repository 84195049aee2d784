#include "resources/volume/volume.hpp"

#include "resources/decode.hpp"
#include "resources/spec_functions.hpp"

namespace vectis::resources {

template <>
VolumeSpec view<VolumeSpec>(const boost::json::object& spec) {
    return detail::decode_leniently<VolumeSpec>(spec);
}

std::vector<FieldError> validate(const VolumeSpec& spec) {
    (void)spec;
    return {};
}

template SpecFunctions spec_functions<VolumeSpec>();

}  // namespace vectis::resources
