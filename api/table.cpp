#include "api/table.hpp"

#include "resources/condition.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <cstdint>

namespace vectis::api {
namespace json = boost::json;
namespace {

using resources::Condition;
using resources::ConditionStatus;

constexpr std::string_view condition_prefix = "condition:";
constexpr std::string_view reason_prefix = "reason:";

std::string_view status_text(ConditionStatus status) {
    switch (status) {
        case ConditionStatus::yes:
            return "True";
        case ConditionStatus::no:
            return "False";
        case ConditionStatus::unknown:
            return "Unknown";
    }
    return "Unknown";
}

std::string plain_text(const json::value& value) {
    if (value.is_null()) return "";
    if (value.is_string()) return std::string(value.as_string());
    if (!value.is_array()) return json::serialize(value);
    std::string out;
    for (const json::value& item : value.as_array())
        out += (out.empty() ? "" : ",") + plain_text(item);
    return out;
}

json::value cell_of(
    const resources::Object& object, const json::value& wire, const std::string& path
) {
    const bool is_condition = path.starts_with(condition_prefix);
    if (is_condition || path.starts_with(reason_prefix)) {
        const std::string type = path.substr(path.find(':') + 1);
        for (const Condition& condition : resources::conditions_of(object.status)) {
            if (condition.type != type) continue;
            return is_condition ? json::value(status_text(condition.status))
                                : json::value(condition.reason);
        }
        return "";
    }
    boost::system::error_code error;
    const json::value* found = wire.find_pointer(path, error);
    return found == nullptr ? json::value("") : json::value(plain_text(*found));
}

json::object definition(
    std::string_view name, std::string_view type, std::string_view format, int priority = 0
) {
    return {
        {"name", name},
        {"type", type},
        {"format", format},
        {"description", ""},
        {"priority", priority}
    };
}

json::value row_object(json::object wire, IncludeObject include) {
    if (include == IncludeObject::whole) return wire;
    json::object partial{{"kind", "PartialObjectMetadata"}, {"apiVersion", "meta.k8s.io/v1"}};
    if (const json::value* metadata = wire.if_contains("metadata")) partial["metadata"] = *metadata;
    return partial;
}

}  // namespace

bool wants_table(std::string_view accept) {
    const std::size_t table = accept.find("as=Table");
    return table != std::string_view::npos;
}

IncludeObject include_object_from(std::string_view parameter) {
    if (parameter == "None") return IncludeObject::none;
    if (parameter == "Object") return IncludeObject::whole;
    return IncludeObject::metadata;
}

std::string age_text(controller::Duration age) {
    const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
    if (seconds < 0) return "0s";
    if (seconds < 120) return std::to_string(seconds) + "s";
    if (seconds < 3L * 3600) return std::to_string(seconds / 60) + "m";
    if (seconds < 48L * 3600) return std::to_string(seconds / 3600) + "h";
    return std::to_string(seconds / 86400) + "d";
}

json::object to_table(
    const resources::Kind& kind,
    std::span<const resources::Object> objects,
    IncludeObject include,
    controller::Time now
) {
    json::array definitions{definition("NAME", "string", "name")};
    for (const resources::PrinterColumn& column : kind.columns)
        definitions.push_back(definition(column.name, "string", ""));
    definitions.push_back(definition("AGE", "string", ""));
    json::array rows;
    for (const resources::Object& object : objects) {
        json::object wire = resources::to_json(object);
        json::array cells{json::value(object.metadata.name)};
        const json::value value(wire);
        for (const resources::PrinterColumn& column : kind.columns)
            cells.push_back(cell_of(object, value, column.path));
        const bool has_time = !object.metadata.creation_timestamp.empty();
        cells.push_back(json::value(
            has_time ? age_text(now - controller::parse_time(object.metadata.creation_timestamp))
                     : "<unknown>"
        ));
        json::object row{{"cells", std::move(cells)}};
        if (include != IncludeObject::none) row["object"] = row_object(std::move(wire), include);
        rows.push_back(std::move(row));
    }
    return {
        {"kind", "Table"},
        {"apiVersion", "meta.k8s.io/v1"},
        {"metadata", json::object{}},
        {"columnDefinitions", std::move(definitions)},
        {"rows", std::move(rows)},
    };
}

}  // namespace vectis::api
