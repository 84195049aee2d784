#pragma once

#include "resources/field_error.hpp"
#include "resources/object.hpp"

#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::resources {

inline constexpr std::string_view platform_group = "platform.vectis.dev/v1";
inline constexpr std::string_view mail_group = "mail.vectis.dev/v1";

/// Where objects of a kind live: platform kinds in the FileStore, mail kinds in Postgres.
enum class Home { platform, mail };

/// One column of the table that `vectis get` and `kubectl get` print; `path` is a JSON pointer into
/// the wire form.
struct PrinterColumn {
    std::string name{};
    std::string path{};
};

/// Everything that is known about a kind without knowing its struct.
struct Kind {
    std::string_view api_version;
    std::string_view name;      ///< "Workload"
    std::string_view plural;    ///< "workloads"
    std::string_view singular;  ///< "workload"
    std::vector<std::string_view> short_names;
    bool is_namespaced;
    Home home;
    /// Strict decode and validation of a whole wire-form object; paths start at the object's root.
    std::vector<FieldError> (*validate)(const boost::json::object& object);
    /// JSON Schema (draft 2020-12) of the whole object, with defaults and descriptions.
    boost::json::object (*json_schema)();
    std::vector<PrinterColumn> columns;
};

/// All kinds, in the order of dependency (what others refer to comes first).
std::span<const Kind> kinds();

/// By kind name, plural, singular or short name, in any case; null if there is none.
const Kind* find_kind(std::string_view name);

}  // namespace vectis::resources
