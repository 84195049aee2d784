#include "api/cli/commands.hpp"
#include "api/cli/errors.hpp"
#include "api/cli/render.hpp"
#include "api/summary.hpp"
#include "resources/condition.hpp"
#include "resources/yaml.hpp"

#include <boost/json/array.hpp>

namespace vectis::api {
namespace json = boost::json;
namespace {

std::string indented(const std::string& text) {
    std::string out;
    std::size_t start = 0;
    while (start < text.size()) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        out += "  " + text.substr(start, end - start) + '\n';
        start = end + 1;
    }
    return out;
}

std::string section(const std::string& title, const json::object& content) {
    return content.empty() ? "" : title + ":\n" + indented(resources::to_yaml(content));
}

std::string events_section(const json::object& list, const resources::Object& object) {
    std::vector<Row> rows;
    const json::value* items = list.if_contains("items");
    for (const json::value& item :
         items == nullptr || !items->is_array() ? json::array{} : items->as_array()) {
        boost::system::error_code error;
        const json::value* uid = item.find_pointer("/involvedObject/uid", error);
        if (uid == nullptr || !uid->is_string() || uid->as_string() != object.metadata.uid)
            continue;
        const json::object& event = item.as_object();
        rows.push_back(
            {text_at(event, "lastTimestamp"),
             text_at(event, "type"),
             text_at(event, "reason"),
             text_at(event, "count"),
             text_at(event, "message")}
        );
    }
    if (rows.empty()) return "Events: none\n";
    return "Events:\n" +
           indented(table_text({"LAST SEEN", "TYPE", "REASON", "COUNT", "MESSAGE"}, rows));
}

std::string conditions_section(const resources::Object& object) {
    std::vector<Row> rows;
    for (const resources::Condition& condition : resources::conditions_of(object.status)) {
        const bool is_yes = condition.status == resources::ConditionStatus::yes;
        const std::string status = is_yes                                               ? "True"
                                   : condition.status == resources::ConditionStatus::no ? "False"
                                                                                        : "Unknown";
        rows.push_back(
            {condition.type,
             status,
             condition.reason,
             condition.last_transition_time,
             condition.message}
        );
    }
    if (rows.empty()) return "";
    return "Conditions:\n" +
           indented(table_text({"TYPE", "STATUS", "REASON", "SINCE", "MESSAGE"}, rows));
}

std::string text_of(const resources::Object& object, const json::object& events) {
    std::string out = "Name:       " + object.metadata.name + '\n';
    if (!object.metadata.ns.empty()) out += "Namespace:  " + object.metadata.ns + '\n';
    out += "Kind:       " + object.kind + " (" + object.api_version + ")\n";
    out += "UID:        " + object.metadata.uid + '\n';
    out += "Created:    " + object.metadata.creation_timestamp + '\n';
    out += "Generation: " + std::to_string(object.metadata.generation) + '\n';
    out += "State:      " + std::string(to_text(state_of(object).phase)) + '\n';
    for (const resources::ManagedFields& entry : object.metadata.managed_fields) {
        if (entry.operation == "Apply") out += "Declared by: " + entry.manager + '\n';
    }
    for (const resources::OwnerReference& owner : object.metadata.owner_references)
        out += "Owned by:   " + owner.kind + '/' + owner.name + '\n';
    json::object status = object.status;
    status.erase("conditions");
    out += section("Labels", object.metadata.labels) +
           section("Annotations", object.metadata.annotations);
    out += conditions_section(object) + section("Spec", object.spec) + section("Status", status);
    return out + events_section(events, object);
}

}  // namespace

int describe_command(const Context& context) {
    const std::vector<Target> targets =
        parse_targets(context.options.arguments, context.options.ns);
    const json::object events = context.client.get("/api/v1/events");
    int code = exit_done;
    bool is_first = true;
    for (const Target& target : targets) {
        std::vector<resources::Object> objects;
        if (target.name.empty()) {
            objects = context.client.list(target, context.options.selector);
        } else if (std::optional<resources::Object> object = context.client.find(target)) {
            objects.push_back(std::move(*object));
        } else {
            context.terminal.complain("error: " + short_name(target) + " not found\n");
            code = exit_failed;
        }
        for (const resources::Object& object : objects) {
            context.terminal.print((is_first ? "" : "\n") + text_of(object, events));
            is_first = false;
        }
    }
    return code;
}

}  // namespace vectis::api
