#pragma once

#include "resources/decode.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <limits>
#include <string>

/// JSON Schema (draft 2020-12) of spec structs by their field lists. Include it from a kind's .cpp
/// only.
namespace vectis::resources::detail {

template <Struct T>
boost::json::object struct_schema();

template <class T, class F>
boost::json::object value_schema(const F& field) {
    boost::json::object out;
    if constexpr (std::is_same_v<T, bool>) {
        out["type"] = "boolean";
    } else if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, double>) {
        out["type"] = std::is_same_v<T, double> ? "number" : "integer";
        if (field.minimum != std::numeric_limits<std::int64_t>::min())
            out["minimum"] = field.minimum;
        if (field.maximum != std::numeric_limits<std::int64_t>::max())
            out["maximum"] = field.maximum;
    } else if constexpr (std::is_same_v<T, std::string>) {
        out["type"] = "string";
        out["maxLength"] = field.size_maximum;
        if (!field.pattern.empty()) out["pattern"] = "^(" + std::string(field.pattern) + ")$";
    } else if constexpr (std::is_enum_v<T>) {
        out["type"] = "string";
        boost::json::array names;
        for (const auto& [name, constant] : EnumNames<T>::values) names.emplace_back(name);
        out["enum"] = std::move(names);
    } else if constexpr (IsVector<T>::value) {
        constexpr Field<Sink, int> plain{"", nullptr, ""};
        out["type"] = "array";
        out["items"] = value_schema<typename T::value_type>(plain);
        out["maxItems"] = field.size_maximum;
        out["x-kubernetes-list-type"] = field.list_type == ListType::map   ? "map"
                                        : field.list_type == ListType::set ? "set"
                                                                           : "atomic";
        if (field.list_type == ListType::map)
            out["x-kubernetes-list-map-keys"] = boost::json::array{field.list_key};
    } else if constexpr (IsMap<T>::value) {
        constexpr Field<Sink, int> plain{"", nullptr, ""};
        out["type"] = "object";
        out["additionalProperties"] = value_schema<typename T::mapped_type>(plain);
    } else {
        out = struct_schema<T>();
    }
    return out;
}

template <class T>
void put_default(boost::json::object& schema, const T& value) {
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::int64_t> ||
                  std::is_same_v<T, double>) {
        schema["default"] = value;
    } else if constexpr (std::is_same_v<T, std::string>) {
        if (!value.empty()) schema["default"] = value;
    } else if constexpr (std::is_enum_v<T>) {
        for (const auto& [name, constant] : EnumNames<T>::values) {
            if (constant == value) schema["default"] = name;
        }
    }
}

template <Struct T>
boost::json::object struct_schema() {
    boost::json::object properties;
    boost::json::array required;
    const T defaults{};
    std::apply(
        [&](const auto&... field) {
            const auto one = [&](const auto& f) {
                using Member = std::remove_cvref_t<decltype(defaults.*(f.member))>;
                boost::json::object schema = value_schema<Member>(f);
                schema["description"] = f.doc;
                if (f.is_required)
                    required.emplace_back(f.name);
                else
                    put_default(schema, defaults.*(f.member));
                properties[f.name] = std::move(schema);
            };
            (one(field), ...);
        },
        T::fields
    );
    boost::json::object out{
        {"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}
    };
    if (!required.empty()) out["required"] = std::move(required);
    return out;
}

/// Schema of a whole object around the schema of its spec.
boost::json::object object_schema(
    std::string_view api_version, std::string_view kind, boost::json::object spec
);

}  // namespace vectis::resources::detail
