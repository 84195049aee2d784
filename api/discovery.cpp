#include "api/discovery.hpp"

#include "api/status_error.hpp"
#include "resources/kind.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string>

namespace vectis::api {
namespace json = boost::json;
namespace {

constexpr std::string_view groups[] = {resources::platform_group, resources::mail_group};

std::string_view group_of(std::string_view group_version) {
    return group_version.substr(0, group_version.find('/'));
}

json::object group_object(std::string_view group_version) {
    const json::object version{{"groupVersion", group_version}, {"version", "v1"}};
    return {
        {"kind", "APIGroup"},
        {"apiVersion", "v1"},
        {"name", group_of(group_version)},
        {"versions", json::array{version}},
        {"preferredVersion", version}
    };
}

json::object resource_object(const resources::Kind& kind) {
    json::array short_names;
    for (const std::string_view name : kind.short_names) short_names.emplace_back(name);
    return {
        {"name", kind.plural},
        {"singularName", kind.singular},
        {"namespaced", kind.is_namespaced},
        {"kind", kind.name},
        {"verbs", json::array{"create", "delete", "get", "list", "patch", "update", "watch"}},
        {"shortNames", std::move(short_names)},
        {"categories", json::array{"vectis"}},
    };
}

json::object resource_list(std::string_view group_version, json::array resources) {
    return {
        {"kind", "APIResourceList"},
        {"apiVersion", "v1"},
        {"groupVersion", group_version},
        {"resources", std::move(resources)}
    };
}

json::object core_resources() {
    json::object events{
        {"name", "events"},
        {"singularName", "event"},
        {"namespaced", true},
        {"kind", "Event"},
        {"verbs", json::array{"list", "watch"}},
        {"shortNames", json::array{"ev"}}
    };
    return resource_list("v1", json::array{std::move(events)});
}

json::object group_resources(std::string_view group_version) {
    json::array list;
    for (const resources::Kind& kind : resources::kinds()) {
        if (kind.api_version == group_version) list.push_back(resource_object(kind));
    }
    return resource_list(group_version, std::move(list));
}

json::object group_list() {
    json::array list;
    for (const std::string_view group : groups) list.push_back(group_object(group));
    return {{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(list)}};
}

json::object version_info() {
    return {
        {"major", "1"},
        {"minor", "32"},
        {"gitVersion", "v1.32.0+vectis-" + std::string(program_version)},
        {"platform", "linux"}
    };
}

}  // namespace

Response discovery(const Request& request) {
    if (request.method != "GET")
        return status_error(405, "MethodNotAllowed", "only GET is allowed here");
    std::string path;
    for (const std::string& segment : request.segments) path += '/' + segment;
    if (path == "/version") return json_response(version_info());
    if (path == "/api")
        return json_response(json::object{
            {"kind", "APIVersions"},
            {"versions", json::array{"v1"}},
            {"serverAddressByClientCIDRs", json::array{}}
        });
    if (path == "/api/v1") return json_response(core_resources());
    if (path == "/apis") return json_response(group_list());
    for (const std::string_view group : groups) {
        if (path == "/apis/" + std::string(group_of(group)))
            return json_response(group_object(group));
        if (path == "/apis/" + std::string(group)) return json_response(group_resources(group));
    }
    return status_error(404, "NotFound", "the server could not find the requested resource");
}

}  // namespace vectis::api
