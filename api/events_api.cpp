#include "api/events_api.hpp"

#include "api/selectors.hpp"
#include "api/status_error.hpp"
#include "api/table.hpp"
#include "resources/kind.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
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

constexpr std::string_view selectable_fields[] = {
    "involvedObject.kind",
    "involvedObject.name",
    "involvedObject.namespace",
    "involvedObject.uid",
    "metadata.name",
    "metadata.namespace",
    "reason",
    "type"
};

Response bad_selector() {
    std::string all;
    for (const std::string_view field : selectable_fields)
        all += (all.empty() ? "" : ", ") + std::string(field);
    return status_error(
        400, "BadRequest", "the parameter 'fieldSelector' is malformed; events have " + all
    );
}

/// Core events live in a namespace; those of cluster-scoped objects stand in "default", as in
/// Kubernetes.
std::string namespace_of(const controller::Event& event) {
    return event.object.ns.empty() ? "default" : event.object.ns;
}

std::string name_of(const controller::Event& event) {
    return event.object.name + '.' + std::to_string(event.sequence);
}

struct EventFilter {
    std::string ns{};  ///< empty: all
    Selectors selectors{};

    bool accepts(const controller::Event& event) const {
        if (!ns.empty() && ns != namespace_of(event)) return false;
        return selectors.matches_fields([&](std::string_view field) {
            if (field == "involvedObject.kind") return event.object.kind;
            if (field == "involvedObject.name") return event.object.name;
            if (field == "involvedObject.namespace") return event.object.ns;
            if (field == "involvedObject.uid") return event.uid;
            if (field == "metadata.name") return name_of(event);
            if (field == "metadata.namespace") return namespace_of(event);
            return field == "reason" ? event.reason : std::string(type_text(event.type));
        });
    }
};

struct Page {
    std::vector<controller::Event> events{};
    std::int64_t last = 0;  ///< the sequence of the newest event, whether it is in `events` or not
};

Page page_after(
    const controller::EventRecorder& recorder, const EventFilter& filter, std::int64_t after
) {
    Page page{recorder.list(after), after};
    for (const controller::Event& event : page.events)
        page.last = std::max(page.last, event.sequence);
    std::erase_if(page.events, [&](const controller::Event& event) {
        return !filter.accepts(event);
    });
    std::sort(
        page.events.begin(),
        page.events.end(),
        [](const controller::Event& a, const controller::Event& b) {
            return a.sequence < b.sequence;
        }
    );
    return page;
}

/// Nothing if the text is no number; 0 if it is empty.
std::optional<std::int64_t> number_in(const std::string& text) {
    std::int64_t value = 0;
    if (text.empty()) return value;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Between two looks of a watch: events are for people.
constexpr controller::Duration look_interval = std::chrono::milliseconds(250);

Response watch_events(
    const Backends& backends, const Request& request, const EventFilter& filter, std::int64_t after
) {
    constexpr std::int64_t longest_seconds = 3600;
    const std::optional<std::int64_t> wanted = number_in(request.parameter("timeoutSeconds"));
    if (!wanted || *wanted < 0)
        return status_error(400, "BadRequest", "the parameter 'timeoutSeconds' is malformed");
    const std::int64_t seconds =
        *wanted == 0 ? longest_seconds : std::min(*wanted, longest_seconds);
    const bool is_table = wants_table(request.accept);
    Stream stream =
        [&clock = backends.clock, &recorder = backends.events, filter, after, seconds, is_table](
            const Writer& write, std::stop_token stop
        ) {
            const controller::Time end = clock.now() + std::chrono::seconds(seconds);
            for (std::int64_t seen = after; !stop.stop_requested();) {
                const Page page = page_after(recorder, filter, seen);
                seen = page.last;
                for (const controller::Event& event : page.events) {
                    const json::object line{
                        {"type", event.count > 1 ? "MODIFIED" : "ADDED"},
                        {"object", is_table ? to_table({event}, clock.now()) : to_json(event)}
                    };
                    if (!write(json::serialize(line) + '\n')) return;
                }
                if (clock.now() >= end) return;
                clock.sleep(look_interval, stop);
            }
        };
    return {
        .status = 200, .content_type = "application/json", .body = {}, .stream = std::move(stream)
    };
}

}  // namespace

json::object to_json(const controller::Event& event) {
    const resources::Kind* kind = resources::find_kind(event.object.kind);
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
             {"name", name_of(event)},
             {"namespace", namespace_of(event)},
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

Response events_request(const Backends& backends, const Request& request, const std::string& ns) {
    const std::optional<Selectors> selectors =
        Selectors::parse({}, request.parameter("fieldSelector"), selectable_fields);
    if (!selectors) return bad_selector();
    const EventFilter filter{ns, *selectors};
    const bool is_watch = request.flag("watch");
    const std::string name = is_watch ? "resourceVersion" : "after";
    const std::optional<std::int64_t> after = number_in(request.parameter(name));
    if (!after) return status_error(400, "BadRequest", "the parameter '" + name + "' is no number");
    if (is_watch) return watch_events(backends, request, filter, *after);
    const Page page = page_after(backends.events, filter, *after);
    json::object metadata{{"resourceVersion", std::to_string(page.last)}};
    if (wants_table(request.accept)) {
        json::object table = to_table(page.events, backends.clock.now());
        table["metadata"] = std::move(metadata);
        return json_response(table);
    }
    json::array items;
    for (const controller::Event& event : page.events) items.push_back(to_json(event));
    return json_response(json::object{
        {"kind", "EventList"},
        {"apiVersion", "v1"},
        {"metadata", std::move(metadata)},
        {"items", std::move(items)}
    });
}

}  // namespace vectis::api
