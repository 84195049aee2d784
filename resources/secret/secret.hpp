#pragma once

#include "resources/field_error.hpp"
#include "resources/schema.hpp"
#include "resources/view.hpp"

#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace vectis::resources {

enum class SecretType { opaque, password };
template <>
struct EnumNames<SecretType> {
    static constexpr std::pair<std::string_view, SecretType> values[] = {
        {"Opaque", SecretType::opaque}, {"vectis.dev/password", SecretType::password}
    };
};

/// A secret that the installation generates once and keeps in secrets.yaml. The object never holds
/// the value.
struct SecretSpec {
    SecretType type = SecretType::opaque;
    std::int64_t length = 32;  ///< characters, [A-Za-z0-9]

    friend bool operator==(const SecretSpec&, const SecretSpec&) = default;
    static constexpr auto fields = std::tuple{
        field(
            "type",
            &SecretSpec::type,
            "What it is for; a vectis.dev/password is a mailbox password."
        ),
        field("length", &SecretSpec::length, "Length of the generated value, letters and digits.")
            .in(16, 128),
    };
};

template <>
SecretSpec view<SecretSpec>(const boost::json::object& spec);

/// Rules that no single field can state; paths start at the object's root.
std::vector<FieldError> validate(const SecretSpec& spec);

}  // namespace vectis::resources
