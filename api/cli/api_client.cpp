#include "api/cli/api_client.hpp"

#include "api/cli/errors.hpp"
#include "api/http.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>

namespace vectis::api {
namespace json = boost::json;
namespace {

/// Plans and declarations of large platforms take their time.
constexpr std::chrono::milliseconds patient{120'000};
/// A watch is silent for as long as nothing changes; the server ends it.
constexpr std::chrono::milliseconds watch_silence{3'700'000};

constexpr const char* table_type = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

[[noreturn]] void refuse(const ClientResponse& response) {
    boost::system::error_code error;
    const json::value value = json::parse(response.body, error);
    const json::value* message = error ? nullptr : value.find_pointer("/message", error);
    const json::value* reason = error ? nullptr : value.find_pointer("/reason", error);
    const auto text = [](const json::value* found, const std::string& fallback) {
        return found != nullptr && found->is_string() ? std::string(found->as_string()) : fallback;
    };
    throw ApiError(
        response.status,
        text(reason, "Unknown"),
        text(message, "the controller answered with status " + std::to_string(response.status))
    );
}

bool is_good(const ClientResponse& response) {
    return response.status >= 200 && response.status < 300;
}

}  // namespace

std::string selector_query(const std::string& selector) {
    return selector.empty() ? "" : "?labelSelector=" + percent_encode(selector);
}

json::object ApiClient::parsed(const ClientResponse& response) const {
    if (!is_good(response)) refuse(response);
    boost::system::error_code error;
    json::value value = json::parse(response.body, error);
    if (error || !value.is_object()) throw ClientError("the controller's answer is no JSON object");
    return std::move(value.as_object());
}

json::object ApiClient::get(const std::string& target) const {
    return parsed(http_.send({.method = "GET", .target = target}));
}

json::object ApiClient::post(const std::string& target, const json::object& body) const {
    return parsed(http_.send(
        {.method = "POST", .target = target, .body = json::serialize(body), .time_limit = patient}
    ));
}

json::object ApiClient::get_table(const std::string& target) const {
    return parsed(http_.send({.method = "GET", .target = target, .accept = table_type}));
}

std::optional<resources::Object> ApiClient::find(const Target& target) const {
    const ClientResponse response = http_.send({.method = "GET", .target = path_of(target)});
    if (response.status == 404) return std::nullopt;
    return resources::from_json(parsed(response));
}

std::vector<resources::Object> ApiClient::list(const Target& target, const std::string& selector)
    const {
    const ClientResponse response = http_.send(
        {.method = "GET", .target = path_of({target.kind, target.ns, ""}) + selector_query(selector)
        }
    );
    std::vector<resources::Object> out;
    if (response.status == 404) return out;
    const json::object answer = parsed(response);
    const json::value* items = answer.if_contains("items");
    if (items == nullptr || !items->is_array()) return out;
    for (const json::value& item : items->as_array()) {
        if (item.is_object()) out.push_back(resources::from_json(item.as_object()));
    }
    return out;
}

resources::Object ApiClient::apply(const resources::Object& object, const WriteOptions& options)
    const {
    const std::string target = path_of(target_of(object)) + "?fieldManager=cli" +
                               (options.is_dry_run ? "&dryRun=All" : "") +
                               (options.is_forced ? "&force=true" : "");
    return resources::from_json(parsed(http_.send(
        {.method = "PATCH",
         .target = target,
         .content_type = "application/apply-patch+yaml",
         .body = json::serialize(resources::to_json(object))}
    )));
}

resources::Object ApiClient::remove(const Target& target, const WriteOptions& options) const {
    return resources::from_json(parsed(http_.send(
        {.method = "DELETE", .target = path_of(target) + (options.is_dry_run ? "?dryRun=All" : "")}
    )));
}

void ApiClient::release(const std::string& folder) const {
    parsed(
        http_.send({.method = "DELETE", .target = "/api/v1/sources?path=" + percent_encode(folder)})
    );
}

void ApiClient::stream_lines(
    const std::string& target,
    const std::string& accept,
    const std::function<bool(std::string_view)>& line
) const {
    std::string rest;
    const ClientResponse response = http_.stream(
        {.method = "GET", .target = target, .accept = accept, .time_limit = watch_silence},
        [&](std::string_view piece) {
            rest += piece;
            std::size_t start = 0;
            for (std::size_t end = rest.find('\n'); end != std::string::npos;
                 end = rest.find('\n', start)) {
                if (!line(std::string_view(rest).substr(start, end - start))) return false;
                start = end + 1;
            }
            rest.erase(0, start);
            return true;
        }
    );
    if (!is_good(response)) refuse(response);
}

void ApiClient::stream(const std::string& target, const Sink& sink) const {
    const ClientResponse response = http_.stream(
        {.method = "GET", .target = target, .accept = "text/plain", .time_limit = watch_silence},
        sink
    );
    if (!is_good(response)) refuse(response);
}

}  // namespace vectis::api
