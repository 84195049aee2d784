#pragma once

#include "resources/field_error.hpp"
#include "resources/schema.hpp"
#include "resources/view.hpp"

#include <tuple>
#include <vector>

namespace vectis::resources {

/// A named volume of the engine that holds data.
struct VolumeSpec {
    bool retain = true;

    friend bool operator==(const VolumeSpec&, const VolumeSpec&) = default;
    static constexpr auto fields = std::tuple{
        field("retain", &VolumeSpec::retain, "Keep the data when the object is deleted."),
    };
};

template <>
VolumeSpec view<VolumeSpec>(const boost::json::object& spec);

/// Rules that no single field can state; paths start at the object's root.
std::vector<FieldError> validate(const VolumeSpec& spec);

}  // namespace vectis::resources
