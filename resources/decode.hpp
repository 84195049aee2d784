#pragma once

#include "resources/field_error.hpp"
#include "resources/schema.hpp"
#include "resources/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/pfr/tuple_size.hpp>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// Strict and lenient decoding of spec structs by their field lists. Include it from a kind's .cpp
/// only: it is all templates.
namespace vectis::resources::detail {

template <class T>
concept Struct = requires { T::fields; };
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {};

/// Where errors go. Lenient decoding collects them too and throws them away.
struct Sink {
    std::vector<FieldError>& errors;
    void add(const std::string& path, const std::string& message) {
        errors.push_back({.path = path, .message = message});
    }
};

template <Struct T>
void decode_struct(const boost::json::value& value, T& out, const std::string& path, Sink& sink);

inline std::string type_name(const boost::json::value& value) {
    switch (value.kind()) {
        case boost::json::kind::null:
            return "nothing";
        case boost::json::kind::bool_:
            return "true or false";
        case boost::json::kind::int64:
        case boost::json::kind::uint64:
            return "a whole number";
        case boost::json::kind::double_:
            return "a number";
        case boost::json::kind::string:
            return "a text";
        case boost::json::kind::array:
            return "a list";
        case boost::json::kind::object:
            return "a mapping";
    }
    return "something else";
}

inline void wrong_type(
    Sink& sink, const std::string& path, const std::string& wanted, const boost::json::value& got
) {
    std::string message = "must be " + wanted + ", but is " + type_name(got);
    if (wanted == "a text" && !got.is_structured() && !got.is_null())
        message += "; put it in quotes";
    sink.add(path, message);
}

template <class F>
void decode_value(
    const boost::json::value& value, bool& out, const F&, const std::string& path, Sink& sink
) {
    if (value.is_bool())
        out = value.as_bool();
    else
        wrong_type(sink, path, "true or false", value);
}

template <class F>
std::string range_text(const F& field) {
    return "must be between " + std::to_string(field.minimum) + " and " +
           std::to_string(field.maximum);
}

template <class F>
void decode_value(
    const boost::json::value& value,
    std::int64_t& out,
    const F& field,
    const std::string& path,
    Sink& sink
) {
    if (!value.is_int64()) {
        if (value.is_uint64())
            sink.add(path, range_text(field));
        else
            wrong_type(sink, path, "a whole number", value);
    } else if (value.as_int64() < field.minimum || value.as_int64() > field.maximum) {
        sink.add(path, range_text(field));
    } else {
        out = value.as_int64();
    }
}

template <class F>
void decode_value(
    const boost::json::value& value,
    double& out,
    const F& field,
    const std::string& path,
    Sink& sink
) {
    if (!value.is_number()) return wrong_type(sink, path, "a number", value);
    const double number = value.is_double() ? value.as_double() : value.to_number<double>();
    if (!std::isfinite(number) || number < static_cast<double>(field.minimum) ||
        number > static_cast<double>(field.maximum)) {
        sink.add(path, range_text(field));
    } else {
        out = number;
    }
}

template <class F>
void decode_value(
    const boost::json::value& value,
    std::string& out,
    const F& field,
    const std::string& path,
    Sink& sink
) {
    if (!value.is_string()) return wrong_type(sink, path, "a text", value);
    const std::string_view text(value.as_string().data(), value.as_string().size());
    if (text.size() > field.size_maximum)
        return sink.add(path, "is longer than " + std::to_string(field.size_maximum) + " bytes");
    if (!field.pattern.empty() && !matches(text, field.pattern))
        return sink.add(path, "must be " + std::string(field.pattern_help));
    out = text;
}

template <class E, class F>
    requires std::is_enum_v<E>
void decode_value(
    const boost::json::value& value, E& out, const F&, const std::string& path, Sink& sink
) {
    std::string names;
    for (const auto& [name, constant] : EnumNames<E>::values) {
        if (value.is_string() &&
            std::string_view(value.as_string().data(), value.as_string().size()) == name) {
            out = constant;
            return;
        }
        names += (names.empty() ? "" : ", ") + std::string(name);
    }
    sink.add(path, "must be one of " + names);
}

template <Struct T, class F>
void decode_value(
    const boost::json::value& value, T& out, const F&, const std::string& path, Sink& sink
) {
    decode_struct(value, out, path, sink);
}

/// What identifies a list entry: the text itself in a set, the key member in a map list.
template <class F>
std::string identity_of(const boost::json::value& item, const F& field) {
    if (field.list_type == ListType::set && item.is_string()) return std::string(item.as_string());
    if (field.list_type == ListType::map && item.is_object()) {
        const boost::json::value* key = item.as_object().if_contains(field.list_key);
        if (key != nullptr && key->is_string()) return std::string(key->as_string());
    }
    return {};
}

template <class T, class F>
void decode_value(
    const boost::json::value& value,
    std::vector<T>& out,
    const F& field,
    const std::string& path,
    Sink& sink
) {
    if (!value.is_array()) return wrong_type(sink, path, "a list", value);
    if (value.as_array().size() > field.size_maximum)
        return sink.add(path, "has more than " + std::to_string(field.size_maximum) + " entries");
    out.clear();
    std::set<std::string> seen;
    std::size_t index = 0;
    constexpr Field<Sink, int> plain{"", nullptr, ""};
    for (const boost::json::value& item : value.as_array()) {
        const std::string item_path = path + '/' + std::to_string(index++);
        const std::string identity = identity_of(item, field);
        if (!identity.empty() && !seen.insert(identity).second)
            sink.add(item_path, "'" + identity + "' stands in the list twice");
        T decoded{};
        decode_value(item, decoded, plain, item_path, sink);
        out.push_back(std::move(decoded));
    }
}

template <class T, class F>
void decode_value(
    const boost::json::value& value,
    std::map<std::string, T>& out,
    const F& field,
    const std::string& path,
    Sink& sink
) {
    if (!value.is_object()) return wrong_type(sink, path, "a mapping", value);
    if (value.as_object().size() > field.size_maximum)
        return sink.add(path, "has more than " + std::to_string(field.size_maximum) + " entries");
    out.clear();
    constexpr Field<Sink, int> plain{"", nullptr, ""};
    for (const auto& [name, item] : value.as_object()) {
        decode_value(item, out[std::string(name)], plain, path + '/' + pointer_token(name), sink);
    }
}

template <Struct T>
void refuse_unknown(const boost::json::object& object, const std::string& path, Sink& sink) {
    std::vector<std::string_view> known;
    std::apply([&](const auto&... field) { (known.push_back(field.name), ...); }, T::fields);
    for (const auto& [name, value] : object) {
        if (std::find(known.begin(), known.end(), std::string_view(name)) != known.end()) continue;
        const std::string near = nearest(name, known);
        sink.add(
            path + '/' + pointer_token(name),
            "unknown field '" + std::string(name) + "'" +
                (near.empty() ? "" : "; did you mean '" + near + "'?")
        );
    }
}

template <Struct T>
void decode_struct(const boost::json::value& value, T& out, const std::string& path, Sink& sink) {
    static_assert(
        boost::pfr::tuple_size_v<T> == std::tuple_size_v<decltype(T::fields)>,
        "every member has a field"
    );
    if (!value.is_object()) return wrong_type(sink, path, "a mapping", value);
    const boost::json::object& object = value.as_object();
    refuse_unknown<T>(object, path, sink);
    std::apply(
        [&](const auto&... field) {
            const auto one = [&](const auto& f) {
                const boost::json::value* member = object.if_contains(f.name);
                const std::string member_path = path + '/' + std::string(f.name);
                if (member == nullptr || member->is_null()) {
                    if (f.is_required) sink.add(member_path, "is required: " + std::string(f.doc));
                } else {
                    decode_value(*member, out.*(f.member), f, member_path, sink);
                }
            };
            (one(field), ...);
        },
        T::fields
    );
}

/// Strict: every problem becomes an error.
template <Struct T>
T decode(
    const boost::json::value& value, const std::string& path, std::vector<FieldError>& errors
) {
    T out{};
    Sink sink{errors};
    decode_struct(value, out, path, sink);
    return out;
}

/// Lenient, for what is stored: unknown fields are ignored, what is malformed keeps its default.
template <Struct T>
T decode_leniently(const boost::json::object& spec) {
    std::vector<FieldError> ignored;
    return decode<T>(spec, "", ignored);
}

}  // namespace vectis::resources::detail
