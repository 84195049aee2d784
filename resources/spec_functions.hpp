#pragma once

#include "resources/decode.hpp"
#include "resources/field_error.hpp"
#include "resources/json_schema.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <vector>

namespace vectis::resources {

/// What the registry of kinds needs to know of a spec struct, without its type.
struct SpecFunctions {
    std::vector<FieldError> (*validate)(const boost::json::value& spec) = nullptr;
    boost::json::object (*schema)() = nullptr;
};

/// Instantiated once, in the kind's .cpp.
template <class Spec>
SpecFunctions spec_functions() {
    return {
        [](const boost::json::value& value) {
            std::vector<FieldError> errors;
            const Spec spec = detail::decode<Spec>(value, "/spec", errors);
            // Rules across fields are judged on what could be read; with errors already there they
            // would mislead.
            if (errors.empty()) errors = validate(spec);
            return errors;
        },
        [] { return detail::struct_schema<Spec>(); },
    };
}

}  // namespace vectis::resources
