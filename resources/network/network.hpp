#pragma once

#include <string>
#include <tuple>

#include "resources/schema.hpp"

namespace vectis::resources {

/// A bridge network of the engine.
struct NetworkSpec {
    bool internal = false;  ///< no way out and no published ports
    std::string subnet{};   ///< CIDR; empty: the engine picks one

    friend bool operator==(const NetworkSpec&, const NetworkSpec&) = default;
    static constexpr auto fields = std::tuple{
        field("internal", &NetworkSpec::internal, "No way out, no way in; published ports do not work on it."),
        field("subnet", &NetworkSpec::subnet, "IPv4 subnet; empty: the engine picks one.")
            .matching("([0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,2})?", "a CIDR such as 172.31.250.0/24"),
    };
};

}  // namespace vectis::resources
