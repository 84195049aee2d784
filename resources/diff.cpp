#include "resources/diff.hpp"

#include "resources/canonical.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>
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

void compare(
    const json::value* before,
    const json::value* after,
    const std::string& path,
    std::vector<FieldChange>& out
) {
    const bool is_same_shape =
        before != nullptr && after != nullptr &&
        ((before->is_object() && after->is_object()) || (before->is_array() && after->is_array()));
    if (!is_same_shape) {
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

std::string shortened(const std::string& text) {
    if (text.empty()) return "(none)";
    return text.size() <= 80 ? text : text.substr(0, 77) + "...";
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
    return change.path + ": " + shortened(change.before) + " → " + shortened(change.after);
}

}  // namespace vectis::resources
