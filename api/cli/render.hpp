#pragma once

#include "api/cli/options.hpp"
#include "resources/object.hpp"

#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::api {

using Row = std::vector<std::string>;

/// Columns padded to their widest cell, two spaces between; control characters are shown as '?', so
/// nothing that a mail server writes can steer the terminal.
std::string table_text(const Row& header, std::span<const Row> rows);

/// The rows of a metav1.Table as cells.
std::vector<Row> rows_of(const boost::json::object& table);
Row header_of(const boost::json::object& table);
/// The namespace of each row, empty where there is none.
std::vector<std::string> namespaces_of(const boost::json::object& table);

/// A List; `name` gives KIND/NAME lines. Not for Output::table.
std::string list_text(std::span<const resources::Object> objects, Output output);
/// What a command wrote: one object as itself, several as a List, as kubectl does. Not for
/// Output::table.
std::string written_text(std::span<const resources::Object> objects, Output output);
/// One object as itself. Not for Output::table.
std::string object_text(const resources::Object& object, Output output);

/// Any JSON value in the wanted form (json or yaml).
std::string value_text(const boost::json::value& value, Output output);

/// Pretty-printed with two spaces.
std::string pretty_json(const boost::json::value& value);

/// Without control characters, cut to `width` columns (bytes of UTF-8 are kept whole).
std::string one_line(std::string_view text, std::size_t width);

/// A member as text; empty if it is not there or is null.
std::string text_at(const boost::json::object& object, std::string_view name);

}  // namespace vectis::api
