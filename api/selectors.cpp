#include "api/selectors.hpp"

#include <algorithm>

namespace vectis::api {
namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// Splits at commas outside parentheses.
std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> out;
    int depth = 0;
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '(') ++depth;
        if (text[i] == ')') --depth;
        if (text[i] != ',' || depth != 0) continue;
        out.push_back(text.substr(start, i - start));
        start = i + 1;
    }
    if (start < text.size()) out.push_back(text.substr(start));
    return out;
}

bool is_key(std::string_view key) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/";
    return !key.empty() && key.size() <= 317 &&
           key.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

bool Selectors::Requirement::accepts(const std::optional<std::string>& value) const {
    const bool is_listed = value && std::find(values.begin(), values.end(), *value) != values.end();
    switch (op) {
        case Operator::in:
            return is_listed;
        case Operator::not_in:
            return !is_listed;
        case Operator::exists:
            return value.has_value();
        case Operator::does_not_exist:
            return !value.has_value();
    }
    return false;
}

std::optional<Selectors::Requirement> Selectors::parse_one(std::string_view text) {
    text = trim(text);
    Requirement out;
    std::string_view key = text;
    if (const std::size_t open = text.find('(');
        open != std::string_view::npos && text.back() == ')') {
        const std::string_view head = trim(text.substr(0, open));
        const std::size_t space = head.rfind(' ');
        if (space == std::string_view::npos) return std::nullopt;
        const std::string_view word = head.substr(space + 1);
        if (word != "in" && word != "notin") return std::nullopt;
        out.op = word == "in" ? Operator::in : Operator::not_in;
        key = trim(head.substr(0, space));
        for (const std::string_view value : split(text.substr(open + 1, text.size() - open - 2)))
            out.values.emplace_back(trim(value));
    } else if (const std::size_t equals = text.find('='); equals != std::string_view::npos) {
        const bool is_negated = equals > 0 && text[equals - 1] == '!';
        const bool is_double = equals + 1 < text.size() && text[equals + 1] == '=';
        out.op = is_negated ? Operator::not_in : Operator::in;
        key = trim(text.substr(0, equals - (is_negated ? 1 : 0)));
        out.values.emplace_back(trim(text.substr(equals + (is_double ? 2 : 1))));
    } else if (!text.empty() && text.front() == '!') {
        out.op = Operator::does_not_exist;
        key = trim(text.substr(1));
    }
    if (!is_key(key)) return std::nullopt;
    out.key = key;
    return out;
}

std::optional<Selectors> Selectors::parse(
    std::string_view labels, std::string_view fields, std::span<const std::string_view> allowed
) {
    Selectors out;
    for (const std::string_view part : split(labels)) {
        const std::optional<Requirement> requirement = parse_one(part);
        if (!requirement) return std::nullopt;
        out.labels_.push_back(*requirement);
    }
    for (const std::string_view part : split(fields)) {
        const std::optional<Requirement> requirement = parse_one(part);
        if (!requirement || requirement->values.empty()) return std::nullopt;
        if (std::find(allowed.begin(), allowed.end(), requirement->key) == allowed.end())
            return std::nullopt;
        out.fields_.push_back(*requirement);
    }
    return out;
}

bool Selectors::matches(const resources::Object& object) const {
    const auto label_of = [&](const std::string& key) -> std::optional<std::string> {
        const boost::json::value* value = object.metadata.labels.if_contains(key);
        if (value == nullptr || !value->is_string()) return std::nullopt;
        return std::string(value->as_string());
    };
    const auto label_fits = [&](const Requirement& wanted) {
        return wanted.accepts(label_of(wanted.key));
    };
    return std::all_of(labels_.begin(), labels_.end(), label_fits) &&
           matches_fields([&](std::string_view field) {
               return field == "metadata.name" ? object.metadata.name : object.metadata.ns;
           });
}

bool Selectors::matches_fields(const std::function<std::string(std::string_view field)>& value_of
) const {
    return std::all_of(fields_.begin(), fields_.end(), [&](const Requirement& wanted) {
        return wanted.accepts(value_of(wanted.key));
    });
}

}  // namespace vectis::api
