#pragma once

#include <tuple>

#include "resources/schema.hpp"

namespace vectis::resources {

/// A named volume of the engine that holds data.
struct VolumeSpec {
    bool retain = true;

    friend bool operator==(const VolumeSpec&, const VolumeSpec&) = default;
    static constexpr auto fields = std::tuple{
        field("retain", &VolumeSpec::retain, "Keep the data when the object is deleted."),
    };
};

}  // namespace vectis::resources
