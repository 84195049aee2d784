#include "api/resource_read.hpp"

#include "api/selectors.hpp"
#include "api/status_error.hpp"
#include "api/table.hpp"
#include "api/watch.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace vectis::api {
namespace json = boost::json;
namespace {

/// Nothing if the text is no whole number that is not negative.
std::optional<std::int64_t> number_in(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

Response bad_parameter(const std::string& name) {
    return status_error(400, "BadRequest", "the parameter '" + name + "' is malformed");
}

Response watch(
    const Backends& backends,
    const ResourcePath& path,
    const Request& request,
    const Selectors& selectors
) {
    constexpr std::int64_t longest_seconds = 3600;
    constexpr std::int64_t usual_seconds = 1800;
    WatchRequest out{
        .kind = path.kind,
        .store = &store_of(backends, path),
        .clock = &backends.clock,
        .ns = path.ns,
        .selectors = selectors
    };
    const std::string version = request.parameter("resourceVersion");
    if (!version.empty() && version != "0") {
        out.after = number_in(version);
        if (!out.after) return bad_parameter("resourceVersion");
    }
    std::int64_t seconds = usual_seconds;
    if (const std::string text = request.parameter("timeoutSeconds"); !text.empty()) {
        const std::optional<std::int64_t> wanted = number_in(text);
        if (!wanted) return bad_parameter("timeoutSeconds");
        seconds = std::min(*wanted, longest_seconds);
    }
    out.time_limit = std::chrono::seconds(seconds);
    out.has_bookmarks = request.flag("allowWatchBookmarks");
    out.is_table = wants_table(request.accept);
    out.include = include_object_from(request.parameter("includeObject"));
    return watch_response(out);
}

/// One page of a list. The token carries the last key, so a page continues after it even if that
/// object is gone.
struct Page {
    std::span<const resources::Object> items{};
    std::string next{};
};

std::string token_of(const resources::Object& last) {
    return json::serialize(
        json::array{json::value(last.metadata.ns), json::value(last.metadata.name)}
    );
}

std::optional<resources::ObjectKey> key_in(const std::string& token, const resources::Kind& kind) {
    boost::system::error_code error;
    const json::value value = json::parse(token, error);
    if (error || !value.is_array() || value.as_array().size() != 2) return std::nullopt;
    const json::value ns = value.as_array()[0];
    const json::value name = value.as_array()[1];
    if (!ns.is_string() || !name.is_string()) return std::nullopt;
    return resources::ObjectKey{
        std::string(kind.name), std::string(ns.as_string()), std::string(name.as_string())
    };
}

std::optional<Page> page_of(
    const std::vector<resources::Object>& items, const resources::Kind& kind, const Request& request
) {
    std::span<const resources::Object> rest(items);
    if (const std::string token = request.parameter("continue"); !token.empty()) {
        const std::optional<resources::ObjectKey> last = key_in(token, kind);
        if (!last) return std::nullopt;
        const auto begin =
            std::find_if(items.begin(), items.end(), [&](const resources::Object& object) {
                return resources::key_of(object) > *last;
            });
        rest = rest.subspan(static_cast<std::size_t>(begin - items.begin()));
    }
    const std::string text = request.parameter("limit");
    const std::optional<std::int64_t> limit = text.empty() ? 0 : number_in(text);
    if (!limit) return std::nullopt;
    const auto count = static_cast<std::size_t>(*limit);
    if (count == 0 || rest.size() <= count) return Page{rest, {}};
    return Page{rest.first(count), token_of(rest[count - 1])};
}

Response list(
    const Backends& backends,
    const ResourcePath& path,
    const Request& request,
    const Selectors& selectors
) {
    controller::ObjectList list =
        store_of(backends, path).list({.kind = std::string(path.kind->name), .ns = path.ns});
    std::erase_if(list.items, [&](const resources::Object& object) {
        return !selectors.matches(object);
    });
    const std::optional<Page> page = page_of(list.items, *path.kind, request);
    if (!page) return bad_parameter("limit' or 'continue");
    json::object metadata{{"resourceVersion", std::to_string(list.version)}};
    if (!page->next.empty()) metadata["continue"] = page->next;
    if (wants_table(request.accept)) {
        json::object table = to_table(
            *path.kind,
            page->items,
            include_object_from(request.parameter("includeObject")),
            backends.clock.now()
        );
        table["metadata"] = std::move(metadata);
        return json_response(table);
    }
    json::array items;
    for (const resources::Object& object : page->items) items.push_back(resources::to_json(object));
    return json_response(json::object{
        {"kind", std::string(path.kind->name) + "List"},
        {"apiVersion", path.kind->api_version},
        {"metadata", std::move(metadata)},
        {"items", std::move(items)},
    });
}

}  // namespace

resources::ObjectKey key_of(const ResourcePath& path) {
    return {std::string(path.kind->name), path.ns, path.name};
}

controller::Store& store_of(const Backends& backends, const ResourcePath& path) {
    return path.kind->home == resources::Home::mail ? backends.stores.mail
                                                    : backends.stores.platform;
}

Response list_or_watch(const Backends& backends, const ResourcePath& path, const Request& request) {
    const auto selectors =
        Selectors::parse(request.parameter("labelSelector"), request.parameter("fieldSelector"));
    if (!selectors) return bad_parameter("labelSelector' or 'fieldSelector");
    return request.flag("watch") ? watch(backends, path, request, *selectors)
                                 : list(backends, path, request, *selectors);
}

Response get_one(const Backends& backends, const ResourcePath& path, const Request& request) {
    const resources::ObjectKey key = key_of(path);
    const std::optional<resources::Object> object = store_of(backends, path).get(key);
    if (!object) {
        return status_error(
            controller::StoreRefusal(
                controller::StoreReason::not_found,
                std::string(path.kind->plural) + " \"" + path.name + "\" not found"
            ),
            key
        );
    }
    if (!wants_table(request.accept)) return json_response(resources::to_json(*object));
    return json_response(to_table(
        *path.kind,
        {&*object, 1},
        include_object_from(request.parameter("includeObject")),
        backends.clock.now()
    ));
}

}  // namespace vectis::api
