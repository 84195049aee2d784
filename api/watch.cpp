#include "api/watch.hpp"

#include "api/status_error.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace vectis::api {
namespace json = boost::json;
namespace {

using controller::Change;

/// One running watch.
class Watch {
public:
    Watch(const WatchRequest& request, const Writer& write) : request_(request), write_(write) {}

    void run(std::stop_token stop) {
        const controller::Time end = request_.clock->now() + request_.time_limit;
        after_ = request_.after ? *request_.after : begin_with_what_exists();
        while (is_open_ && !stop.stop_requested()) {
            if (!send_changes()) return;
            const controller::Duration left = end - request_.clock->now();
            if (left <= controller::Duration::zero()) break;
            request_.store->wait_for_change(after_, left, stop);
        }
        if (is_open_ && request_.has_bookmarks) send_bookmark();
    }

private:
    controller::Query query() const {
        return {.kind = std::string(request_.kind->name), .ns = request_.ns};
    }

    std::int64_t begin_with_what_exists() {
        const controller::ObjectList list = request_.store->list(query());
        for (const resources::Object& object : list.items) {
            if (request_.selectors.matches(object)) send("ADDED", object);
        }
        return list.version;
    }

    /// False if the watch cannot go on.
    bool send_changes() {
        constexpr std::size_t batch = 500;
        for (;;) {
            // Read before the changes: all changes up to it are then in the answer, if the answer
            // is not full.
            const std::int64_t version = request_.store->version();
            const auto changes = request_.store->changes(query(), after_, batch);
            if (!changes) {
                send_line("ERROR", status_object(410, "Expired", changes.error().message()));
                return false;
            }
            for (const Change& change : *changes) send_change(change);
            if (changes->size() < batch) {
                after_ = std::max(after_, version);
                return is_open_;
            }
        }
    }

    void send_change(const Change& change) {
        after_ = change.version;
        const bool is_in =
            change.type != Change::Type::deleted && request_.selectors.matches(change.object);
        const bool was_in = change.type == Change::Type::deleted
                                ? request_.selectors.matches(change.object)
                                : change.previous && request_.selectors.matches(*change.previous);
        if (is_in) return send(was_in ? "MODIFIED" : "ADDED", change.object);
        if (!was_in) return;
        // Left the selector or is gone: either way the client must forget it, at this version.
        resources::Object last = change.object;
        last.metadata.resource_version = std::to_string(change.version);
        send("DELETED", last);
    }

    void send(std::string_view type, const resources::Object& object) {
        if (request_.is_table)
            send_line(
                type,
                to_table(*request_.kind, {&object, 1}, request_.include, request_.clock->now())
            );
        else
            send_line(type, resources::to_json(object));
    }

    void send_bookmark() {
        json::object metadata{{"resourceVersion", std::to_string(after_)}};
        if (request_.is_table) {
            json::object table =
                to_table(*request_.kind, {}, request_.include, request_.clock->now());
            table["metadata"] = std::move(metadata);
            return send_line("BOOKMARK", std::move(table));
        }
        send_line(
            "BOOKMARK",
            {{"kind", request_.kind->name},
             {"apiVersion", request_.kind->api_version},
             {"metadata", std::move(metadata)}}
        );
    }

    void send_line(std::string_view type, json::object object) {
        if (!is_open_) return;
        is_open_ = write_(
            json::serialize(json::object{{"type", type}, {"object", std::move(object)}}) + '\n'
        );
    }

    const WatchRequest& request_;
    const Writer& write_;
    std::int64_t after_ = 0;
    bool is_open_ = true;
};

}  // namespace

Response watch_response(const WatchRequest& request) {
    Stream stream = [request](const Writer& write, std::stop_token stop) {
        try {
            Watch(request, write).run(stop);
        } catch (const controller::StoreError& error) {
            const json::object status = status_object(503, "ServiceUnavailable", error.what());
            write(json::serialize(json::object{{"type", "ERROR"}, {"object", status}}) + '\n');
        }
    };
    return {
        .status = 200, .content_type = "application/json", .body = {}, .stream = std::move(stream)
    };
}

}  // namespace vectis::api
