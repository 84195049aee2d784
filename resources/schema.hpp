#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <tuple>

namespace vectis::resources {

/// How a list merges, as Kubernetes' x-kubernetes-list-type.
enum class ListType { atomic, set, map };

/// Describes one member of a spec struct: its name on the wire, its doc text and its limits.
/// Next to each struct stands `static constexpr auto fields = std::tuple{field(...), ...}`;
/// decoding, defaults, validation, encoding, JSON Schema and `explain` are visitors over that
/// tuple.
template <class Struct, class Member>
struct Field {
    std::string_view name;
    Member Struct::* member;
    std::string_view doc;
    bool is_required = false;
    std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
    std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
    std::string_view pattern{};       ///< ECMAScript regular expression of the whole string
    std::string_view pattern_help{};  ///< what a right value looks like, for the error text
    std::size_t size_maximum = 4096;  ///< bytes of a string, entries of a list or map
    ListType list_type = ListType::atomic;
    std::string_view list_key{};  ///< member name that identifies an entry, for ListType::map

    constexpr Field required() const {
        Field copy = *this;
        copy.is_required = true;
        return copy;
    }
    constexpr Field in(std::int64_t low, std::int64_t high) const {
        Field copy = *this;
        copy.minimum = low;
        copy.maximum = high;
        return copy;
    }
    constexpr Field matching(std::string_view expression, std::string_view help) const {
        Field copy = *this;
        copy.pattern = expression;
        copy.pattern_help = help;
        return copy;
    }
    constexpr Field at_most(std::size_t count) const {
        Field copy = *this;
        copy.size_maximum = count;
        return copy;
    }
    constexpr Field keyed_by(std::string_view key) const {
        Field copy = *this;
        copy.list_type = ListType::map;
        copy.list_key = key;
        return copy;
    }
    constexpr Field as_set() const {
        Field copy = *this;
        copy.list_type = ListType::set;
        return copy;
    }
};

template <class Struct, class Member>
constexpr Field<Struct, Member> field(
    std::string_view name, Member Struct::* member, std::string_view doc
) {
    return {name, member, doc};
}

/// Wire names of an enum: specialise `values` with an array of (name, value) pairs.
template <class Enum>
struct EnumNames;

}  // namespace vectis::resources
