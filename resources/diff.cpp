#include "resources/diff.hpp"

#include "resources/canonical.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

namespace vectis::resources {
namespace json = boost::json;
namespace {

using Members = std::map<std::string, const json::value*>;

std::string identity_of(const json::value& item) {
    if (item.is_string()) return std::string(item.as_string());
    if (!item.is_object()) return {};
    for (const std::string_view key : {"name", "path", "network", "volume"}) {
        const json::value* found = item.as_object().if_contains(key);
        if (found != nullptr && found->is_string()) return std::string(found->as_string());
    }
    return {};
}

Members members_of(const json::value& value) {
    Members out;
    if (value.is_object()) {
        for (const auto& [name, member] : value.as_object()) out['.' + std::string(name)] = &member;
    } else if (value.is_array()) {
        std::size_t index = 0;
        for (const json::value& item : value.as_array()) {
            const std::string identity = identity_of(item);
            out['[' + (identity.empty() ? std::to_string(index) : identity) + ']'] = &item;
            ++index;
        }
    }
    return out;
}

/// What came or went as a whole is named field by field, but not the entries of lists.
bool has_fields(const json::value& value, const std::string& path) {
    return value.is_object() && !value.as_object().empty() && !path.ends_with(']');
}

void compare(
    const json::value* before,
    const json::value* after,
    const std::string& path,
    std::vector<FieldChange>& out
) {
    const bool is_same_shape =
        before != nullptr && after != nullptr &&
        ((before->is_object() && after->is_object()) || (before->is_array() && after->is_array()));
    if (const json::value* only = before == nullptr ? after : before;
        (before == nullptr || after == nullptr) && has_fields(*only, path)) {
        for (const auto& [name, value] : members_of(*only))
            compare(
                before == nullptr ? nullptr : value,
                after == nullptr ? nullptr : value,
                path + name,
                out
            );
        return;
    }
    if (!is_same_shape) {
        if (before != nullptr && after != nullptr && *before == *after) return;
        const std::string old = before == nullptr ? "" : canonical(*before);
        const std::string now = after == nullptr ? "" : canonical(*after);
        if (old != now) out.push_back({path, old, now});
        return;
    }
    const Members left = members_of(*before);
    const Members right = members_of(*after);
    for (const auto& [name, value] : left) {
        const auto other = right.find(name);
        compare(value, other == right.end() ? nullptr : other->second, path + name, out);
    }
    for (const auto& [name, value] : right) {
        if (!left.contains(name)) compare(nullptr, value, path + name, out);
    }
}

constexpr std::size_t width = 80;

/// Not within a character of several bytes.
std::size_t boundary(std::string_view text, std::size_t place) {
    while (place > 0 && place < text.size() &&
           (static_cast<unsigned char>(text[place]) & 0xC0U) == 0x80U)
        --place;
    return std::min(place, text.size());
}

std::size_t common_prefix(std::string_view left, std::string_view right) {
    const auto ends = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
    return static_cast<std::size_t>(ends.first - left.begin());
}

/// What begins at `from` and fits.
std::string window(std::string_view text, std::size_t from) {
    if (text.empty()) return "(none)";
    if (text.size() <= width) return std::string(text);
    const std::size_t begin = boundary(text, from);
    const std::size_t end = boundary(text, begin + width);
    return (begin > 0 ? "…" : "") + std::string(text.substr(begin, end - begin)) +
           (end < text.size() ? "…" : "");
}

/// Both sides; long ones from a little before the place where they part.
std::string pair_text(std::string_view before, std::string_view after) {
    constexpr std::size_t context = 20;
    const bool is_one_sided = before.empty() || after.empty();
    const std::size_t parting = is_one_sided ? 0 : common_prefix(before, after);
    const std::size_t from = parting > context ? parting - context : 0;
    return window(before, from) + " → " + window(after, from);
}

/// The text behind a JSON string; nothing if it is another value.
std::optional<std::string> string_in(const std::string& text) {
    if (!text.starts_with('"')) return std::nullopt;
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    if (error || !value.is_string()) return std::nullopt;
    return std::string(value.get_string());
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

/// "line 14: message_size_limit = 1 → message_size_limit = 2 (and 3 lines more)"
std::string line_text(std::string_view before, std::string_view after) {
    const std::vector<std::string_view> left = lines_of(before);
    const std::vector<std::string_view> right = lines_of(after);
    const auto parting = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
    const auto first = static_cast<std::size_t>(parting.first - left.begin());
    std::size_t left_end = left.size();
    std::size_t right_end = right.size();
    while (left_end > first && right_end > first && left[left_end - 1] == right[right_end - 1]) {
        --left_end;
        --right_end;
    }
    const std::size_t lines = std::max(left_end, right_end) - first;
    if (lines == 0) return "line breaks at its end";
    std::string out = "line " + std::to_string(first + 1) + ": " +
                      pair_text(
                          first < left_end ? left[first] : std::string_view{},
                          first < right_end ? right[first] : std::string_view{}
                      );
    if (lines > 1)
        out += " (and " + std::to_string(lines - 1) + (lines == 2 ? " line more)" : " lines more)");
    return out;
}

}  // namespace

std::vector<FieldChange> diff(const json::object& before, const json::object& after) {
    std::vector<FieldChange> out;
    const json::value left = before;
    const json::value right = after;
    compare(&left, &right, "", out);
    for (FieldChange& change : out) {
        if (change.path.starts_with('.')) change.path.erase(0, 1);
    }
    std::sort(out.begin(), out.end(), [](const FieldChange& a, const FieldChange& b) {
        return a.path < b.path;
    });
    return out;
}

std::string to_text(const FieldChange& change) {
    const std::optional<std::string> before = string_in(change.before);
    const std::optional<std::string> after = string_in(change.after);
    const bool has_lines =
        before && after &&
        (before->find('\n') != std::string::npos || after->find('\n') != std::string::npos);
    return change.path + ": " +
           (has_lines ? line_text(*before, *after) : pair_text(change.before, change.after));
}

std::string to_text(const std::vector<FieldChange>& changes) {
    constexpr std::size_t named_max = 3;
    std::string out;
    for (std::size_t i = 0; i < std::min(changes.size(), named_max); ++i)
        out += (i == 0 ? "" : "; ") + to_text(changes[i]);
    if (changes.size() > named_max)
        out += "; and " + std::to_string(changes.size() - named_max) + " more";
    return out;
}

}  // namespace vectis::resources
