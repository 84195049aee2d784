#include "api/events_api.hpp"

#include "api/status_error.hpp"
#include "api/table.hpp"
#include "resources/kind.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

namespace vectis::api {
namespace json = boost::json;
namespace {

std::string_view type_text(controller::EventType type) {
    return type == controller::EventType::warning ? "Warning" : "Normal";
}

json::object to_table(const std::vector<controller::Event>& events, controller::Time now) {
    json::array definitions;
    for (const std::string_view name :
         {"LAST SEEN", "TYPE", "REASON", "OBJECT", "COUNT", "MESSAGE"}) {
        definitions.push_back(json::object{
            {"name", name}, {"type", "string"}, {"format", ""}, {"description", ""}, {"priority", 0}
        });
    }
    json::array rows;
    for (const controller::Event& event : events) {
        json::array cells;
        for (const std::string& cell :
             {age_text(now - event.last_time),
              std::string(type_text(event.type)),
              event.reason,
              resources::to_text(event.object),
              std::to_string(event.count),
              event.message}) {
            cells.emplace_back(cell);
        }
        rows.push_back(json::object{{"cells", std::move(cells)}, {"object", to_json(event)}});
    }
    return {
        {"kind", "Table"},
        {"apiVersion", "meta.k8s.io/v1"},
        {"columnDefinitions", std::move(definitions)},
        {"rows", std::move(rows)}
    };
}

}  // namespace

json::object to_json(const controller::Event& event) {
    const resources::Kind* kind = resources::find_kind(event.object.kind);
    // Core events live in a namespace; those of cluster-scoped objects stand in "default", as in
    // Kubernetes.
    const std::string ns = event.object.ns.empty() ? "default" : event.object.ns;
    json::object involved{
        {"kind", event.object.kind}, {"name", event.object.name}, {"uid", event.uid}
    };
    if (!event.object.ns.empty()) involved["namespace"] = event.object.ns;
    if (kind != nullptr) involved["apiVersion"] = kind->api_version;
    return {
        {"kind", "Event"},
        {"apiVersion", "v1"},
        {"metadata",
         json::object{
             {"name", event.object.name + '.' + std::to_string(event.sequence)},
             {"namespace", ns},
             {"resourceVersion", std::to_string(event.sequence)},
             {"creationTimestamp", controller::format_time(event.first_time)}
         }},
        {"involvedObject", std::move(involved)},
        {"type", type_text(event.type)},
        {"reason", event.reason},
        {"message", event.message},
        {"count", event.count},
        {"firstTimestamp", controller::format_time(event.first_time)},
        {"lastTimestamp", controller::format_time(event.last_time)},
        {"source", json::object{{"component", "vectis"}}},
        {"reportingInstance", event.reconcile_id},
    };
}

Response events_request(const Backends& backends, const Request& request) {
    std::int64_t after = 0;
    if (const std::string text = request.parameter("after"); !text.empty()) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), after);
        if (error != std::errc() || end != text.data() + text.size())
            return status_error(400, "BadRequest", "the parameter 'after' is no number");
    }
    std::vector<controller::Event> events = backends.events.list(after);
    std::sort(
        events.begin(),
        events.end(),
        [](const controller::Event& a, const controller::Event& b) {
            return a.sequence < b.sequence;
        }
    );
    const std::int64_t last = events.empty() ? after : events.back().sequence;
    json::object metadata{{"resourceVersion", std::to_string(last)}};
    if (wants_table(request.accept)) {
        json::object table = to_table(events, backends.clock.now());
        table["metadata"] = std::move(metadata);
        return json_response(table);
    }
    json::array items;
    for (const controller::Event& event : events) items.push_back(to_json(event));
    return json_response(json::object{
        {"kind", "EventList"},
        {"apiVersion", "v1"},
        {"metadata", std::move(metadata)},
        {"items", std::move(items)}
    });
}

}  // namespace vectis::api
