#include "resources/mapset/mapset.hpp"

#include "resources/decode.hpp"
#include "resources/spec_functions.hpp"

namespace vectis::resources {

template <>
MapSetSpec view<MapSetSpec>(const boost::json::object& spec) {
    return detail::decode_leniently<MapSetSpec>(spec);
}

std::vector<FieldError> validate(const MapSetSpec&) {
    return {};
}

template SpecFunctions spec_functions<MapSetSpec>();

}  // namespace vectis::resources
