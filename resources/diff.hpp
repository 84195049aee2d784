#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <vector>

namespace vectis::resources {

struct FieldChange {
    std::string path{};    ///< "limits.memoryMiB", "files.files[main.cf].content"
    std::string before{};  ///< JSON text; empty: was not there
    std::string after{};   ///< JSON text; empty: is no longer there

    friend bool operator==(const FieldChange&, const FieldChange&) = default;
};

/// What differs, sorted by path. Entries of lists are matched by their `name`, `path`, `network` or
/// `volume`, else by position.
std::vector<FieldChange> diff(const boost::json::object& before, const boost::json::object& after);

/// "limits.memoryMiB: 256 → 512"; of a text of several lines the first line that differs, of a long
/// one the place where it differs: "files.files[main.cf].content: line 14: … → …".
std::string to_text(const FieldChange& change);

/// The first three, and how many more there are.
std::string to_text(const std::vector<FieldChange>& changes);

}  // namespace vectis::resources
