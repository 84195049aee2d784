#include "api/cli/commands.hpp"
#include "api/cli/errors.hpp"
#include "api/cli/render.hpp"

#include <boost/json/array.hpp>

namespace vectis::api {
namespace json = boost::json;
namespace {

bool concerns(const json::object& event, const std::vector<Target>& targets) {
    if (targets.empty()) return true;
    const json::value* involved = event.if_contains("involvedObject");
    if (involved == nullptr || !involved->is_object()) return false;
    const json::object& object = involved->as_object();
    for (const Target& target : targets) {
        const bool has_name = target.name.empty() || text_at(object, "name") == target.name;
        const bool has_ns = target.ns.empty() || text_at(object, "namespace") == target.ns;
        if (text_at(object, "kind") == target.kind->name && has_name && has_ns) return true;
    }
    return false;
}

Row row_of(const json::object& event) {
    const json::value* involved = event.if_contains("involvedObject");
    const json::object object =
        involved != nullptr && involved->is_object() ? involved->as_object() : json::object{};
    const std::string ns = text_at(object, "namespace");
    const std::string name =
        text_at(object, "kind") + '/' + (ns.empty() ? "" : ns + '/') + text_at(object, "name");
    return {
        text_at(event, "lastTimestamp"),
        text_at(event, "type"),
        text_at(event, "reason"),
        name,
        text_at(event, "count"),
        text_at(event, "message")
    };
}

const Row event_header{"LAST SEEN", "TYPE", "REASON", "OBJECT", "COUNT", "MESSAGE"};

/// The events after `version`, which moves on.
json::array next_events(
    const Context& context, const std::vector<Target>& targets, std::string& version
) {
    const json::object list = context.client.get("/api/v1/events?after=" + version);
    json::array out;
    const json::value* items = list.if_contains("items");
    for (const json::value& item :
         items == nullptr || !items->is_array() ? json::array{} : items->as_array()) {
        if (item.is_object() && concerns(item.as_object(), targets)) out.push_back(item);
    }
    boost::system::error_code error;
    const json::value whole(list);
    const json::value* last = whole.find_pointer("/metadata/resourceVersion", error);
    if (last != nullptr && last->is_string()) version = std::string(last->as_string());
    return out;
}

void print(const Context& context, const json::array& events, bool with_header) {
    if (context.options.output == Output::name) {
        for (const json::value& event : events)
            context.terminal.print(
                row_of(event.as_object()).at(3) + ' ' + text_at(event.as_object(), "reason") + '\n'
            );
        return;
    }
    if (context.options.output != Output::table) {
        context.terminal.print(value_text(
            json::object{{"kind", "EventList"}, {"apiVersion", "v1"}, {"items", events}},
            context.options.output
        ));
        return;
    }
    std::vector<Row> rows;
    for (const json::value& event : events) rows.push_back(row_of(event.as_object()));
    const std::string text = table_text(event_header, rows);
    context.terminal.print(with_header ? text : text.substr(text.find('\n') + 1));
}

}  // namespace

int events_command(const Context& context) {
    std::vector<Target> targets;
    if (!context.options.arguments.empty())
        targets = parse_targets(context.options.arguments, context.options.ns);
    std::string version = "0";
    print(context, next_events(context, targets, version), true);
    while (context.options.is_watching) {
        context.clock.sleep(look_interval, {});
        const json::array events = next_events(context, targets, version);
        if (!events.empty()) print(context, events, false);
    }
    return exit_done;
}

}  // namespace vectis::api
