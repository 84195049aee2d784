#pragma once

#include "resources/object.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::api {

/// labelSelector and fieldSelector of a list or watch. Requirements are joined by "and".
class Selectors {
public:
    /// Nothing if one is malformed. Labels: `a=b`, `a==b`, `a!=b`, `a`, `!a`, `a in (b,c)`, `a
    /// notin (b,c)`. Fields: `=`, `==` and
    /// `!=` with metadata.name and metadata.namespace.
    static std::optional<Selectors> parse(std::string_view labels, std::string_view fields);

    bool matches(const resources::Object& object) const;

private:
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
