#pragma once

#include "resources/field_error.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::resources {

/// Line and column count from 1.
struct Position {
    int line = 0;
    int column = 0;
};

struct Document {
    boost::json::object value{};
    std::map<std::string, Position> positions{};  ///< by JSON pointer
};

struct ParsedYaml {
    std::vector<Document> documents{};
    std::vector<FieldError> errors{};  ///< if any, `documents` are not to be used
};

/// YAML 1.2 with JSON's scalars: null, true, false and JSON numbers are what they look like,
/// everything else and everything quoted is a text (so `no`, `010` and `0x1F` are texts). Refused
/// with a position: duplicate keys, keys that are no texts, aliases, tags, documents that are no
/// mapping, more than 10 MiB, scalars over 1 MiB, nesting over 32, over 200,000 nodes, bytes that
/// are no UTF-8, NUL.
ParsedYaml parse_yaml(std::string_view text, const std::string& file);

/// Block style; reading it again gives an equal value.
std::string to_yaml(const boost::json::value& value);

}  // namespace vectis::resources
