#include "api/cli/render.hpp"

#include "api/cli/targets.hpp"
#include "resources/yaml.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace vectis::api {
namespace json = boost::json;
namespace {

/// Code points, which is what columns are for the texts that stand in tables.
std::size_t columns_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::string cell_text(const json::value& value) {
    if (value.is_string()) return std::string(value.as_string());
    return value.is_null() ? "" : json::serialize(value);
}

void pretty(const json::value& value, const std::string& indent, std::string& out) {
    const std::string deeper = indent + "  ";
    bool is_first = true;
    const auto begin_item = [&] {
        out += is_first ? "\n" : ",\n";
        out += deeper;
        is_first = false;
    };
    if (value.is_object() && !value.as_object().empty()) {
        out += '{';
        for (const auto& [name, member] : value.as_object()) {
            begin_item();
            out += json::serialize(json::value(name)) + ": ";
            pretty(member, deeper, out);
        }
        out += '\n' + indent + '}';
    } else if (value.is_array() && !value.as_array().empty()) {
        out += '[';
        for (const json::value& item : value.as_array()) {
            begin_item();
            pretty(item, deeper, out);
        }
        out += '\n' + indent + ']';
    } else {
        out += json::serialize(value);
    }
}

const json::array* array_at(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_array() ? &value->as_array() : nullptr;
}

}  // namespace

std::string one_line(std::string_view text, std::size_t width) {
    std::string out;
    std::size_t columns = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool begins = (byte & 0xC0U) != 0x80U;
        if (begins && columns++ == width) return out;
        out += byte < 0x20 || byte == 0x7F ? '?' : c;
    }
    return out;
}

std::string text_at(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value == nullptr ? "" : cell_text(*value);
}

std::string table_text(const Row& header, std::span<const Row> rows) {
    constexpr std::size_t longest_cell = 400;
    std::vector<Row> lines{header};
    lines.insert(lines.end(), rows.begin(), rows.end());
    std::vector<std::size_t> widths(header.size(), 0);
    for (Row& line : lines) {
        line.resize(header.size());
        for (std::size_t i = 0; i < line.size(); ++i) {
            line[i] = one_line(line[i], longest_cell);
            widths[i] = std::max(widths[i], columns_of(line[i]));
        }
    }
    std::string out;
    for (const Row& line : lines) {
        std::string text;
        for (std::size_t i = 0; i < line.size(); ++i) {
            text += line[i];
            if (i + 1 < line.size()) text += std::string(widths[i] - columns_of(line[i]) + 2, ' ');
        }
        text.erase(text.find_last_not_of(' ') + 1);
        out += text + '\n';
    }
    return out;
}

std::vector<Row> rows_of(const json::object& table) {
    std::vector<Row> out;
    const json::array* rows = array_at(table, "rows");
    if (rows == nullptr) return out;
    for (const json::value& row : *rows) {
        const json::array* cells = row.is_object() ? array_at(row.as_object(), "cells") : nullptr;
        if (cells == nullptr) continue;
        Row& line = out.emplace_back();
        for (const json::value& cell : *cells) line.push_back(cell_text(cell));
    }
    return out;
}

std::vector<std::string> namespaces_of(const json::object& table) {
    std::vector<std::string> out;
    const json::array* rows = array_at(table, "rows");
    if (rows == nullptr) return out;
    for (const json::value& row : *rows) {
        boost::system::error_code error;
        const json::value* ns = row.find_pointer("/object/metadata/namespace", error);
        out.push_back(ns != nullptr && ns->is_string() ? std::string(ns->as_string()) : "");
    }
    return out;
}

Row header_of(const json::object& table) {
    Row out;
    const json::array* columns = array_at(table, "columnDefinitions");
    if (columns == nullptr) return out;
    for (const json::value& column : *columns)
        out.push_back(column.is_object() ? text_at(column.as_object(), "name") : "");
    return out;
}

std::string pretty_json(const json::value& value) {
    std::string out;
    pretty(value, "", out);
    return out + '\n';
}

std::string value_text(const json::value& value, Output output) {
    return output == Output::yaml ? resources::to_yaml(value) : pretty_json(value);
}

std::string object_text(const resources::Object& object, Output output) {
    if (output == Output::name) return short_name(target_of(object)) + '\n';
    return value_text(resources::to_json(object), output);
}

std::string written_text(std::span<const resources::Object> objects, Output output) {
    return objects.size() == 1 ? object_text(objects.front(), output) : list_text(objects, output);
}

std::string list_text(std::span<const resources::Object> objects, Output output) {
    std::string names;
    json::array items;
    for (const resources::Object& object : objects) {
        if (output == Output::name)
            names += object_text(object, output);
        else
            items.push_back(resources::to_json(object));
    }
    if (output == Output::name) return names;
    const json::object list{{"apiVersion", "v1"}, {"kind", "List"}, {"items", std::move(items)}};
    return value_text(list, output);
}

}  // namespace vectis::api
