#pragma once

#include "resources/object.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::api {

/// labelSelector and fieldSelector of a list or watch. Requirements are joined by "and".
class Selectors {
public:
    /// Nothing if one is malformed. Labels: `a=b`, `a==b`, `a!=b`, `a`, `!a`, `a in (b,c)`, `a
    /// notin (b,c)`. Fields: `=`, `==` and `!=` with those that are `allowed`.
    static std::optional<Selectors> parse(
        std::string_view labels,
        std::string_view fields,
        std::span<const std::string_view> allowed = object_fields
    );

    bool matches(const resources::Object& object) const;
    /// The fields only, of something that is no object of a kind.
    bool matches_fields(const std::function<std::string(std::string_view field)>& value_of) const;

private:
    static constexpr std::string_view object_fields[] = {"metadata.name", "metadata.namespace"};

    enum class Operator { in, not_in, exists, does_not_exist };
    struct Requirement {
        std::string key{};
        Operator op = Operator::exists;
        std::vector<std::string> values{};

        bool accepts(const std::optional<std::string>& value) const;
    };
    static std::optional<Requirement> parse_one(std::string_view text);

    std::vector<Requirement> labels_;
    std::vector<Requirement> fields_;
};

}  // namespace vectis::api
