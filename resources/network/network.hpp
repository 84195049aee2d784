#pragma once

#include "resources/field_error.hpp"
#include "resources/schema.hpp"
#include "resources/view.hpp"

#include <string>
#include <tuple>
#include <vector>

namespace vectis::resources {

/// A bridge network of the engine.
struct NetworkSpec {
    bool internal = false;  ///< no way out and no published ports
    std::string subnet{};   ///< CIDR; empty: the engine picks one

    friend bool operator==(const NetworkSpec&, const NetworkSpec&) = default;
    static constexpr auto fields = std::tuple{
        field(
            "internal",
            &NetworkSpec::internal,
            "No way out, no way in; published ports do not work on it."
        ),
        field("subnet", &NetworkSpec::subnet, "IPv4 subnet; empty: the engine picks one.")
            .matching(
                "([0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,2})?", "a CIDR such as 172.31.250.0/24"
            ),
    };
};

template <>
NetworkSpec view<NetworkSpec>(const boost::json::object& spec);

/// Rules that no single field can state; paths start at the object's root.
std::vector<FieldError> validate(const NetworkSpec& spec);

}  // namespace vectis::resources
