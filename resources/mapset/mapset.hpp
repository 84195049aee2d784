#pragma once

#include "resources/field_error.hpp"
#include "resources/schema.hpp"
#include "resources/view.hpp"

#include <string>
#include <tuple>
#include <vector>

namespace vectis::resources {

struct MapEntry {
    std::string name{};
    std::string source{};

    friend bool operator==(const MapEntry&, const MapEntry&) = default;
    static constexpr auto fields = std::tuple{
        field("name", &MapEntry::name, "Name of the lookup table, and of its file.")
            .required()
            .matching("[a-z]{1,32}", "a word such as mailboxes"),
        field(
            "source",
            &MapEntry::source,
            "View of the mail database with the columns key and value, one row for each key."
        )
            .required()
            .matching("map_[a-z]{1,32}", "a view such as map_mailboxes"),
    };
};

/// The lookup tables that one Workload reads, kept as the mail database says.
struct MapSetSpec {
    std::string workload{};
    std::string path = "/maps";
    std::vector<MapEntry> maps{};

    friend bool operator==(const MapSetSpec&, const MapSetSpec&) = default;
    static constexpr auto fields = std::tuple{
        field(
            "workload",
            &MapSetSpec::workload,
            "The Workload that reads them. Its image has the program `mapset`, which writes them."
        )
            .required(),
        field("path", &MapSetSpec::path, "Where the Workload has the volume for them.")
            .matching("/[a-z/]{1,255}", "an absolute path such as /maps"),
        field("maps", &MapSetSpec::maps, "The tables.").required().keyed_by("name"),
    };
};

template <>
MapSetSpec view<MapSetSpec>(const boost::json::object& spec);

/// Rules that no single field can state; paths start at the object's root.
std::vector<FieldError> validate(const MapSetSpec& spec);

}  // namespace vectis::resources
