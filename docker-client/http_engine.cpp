#include "docker-client/http_engine.hpp"

#include "docker-client/answers.hpp"
#include "docker-client/wire.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>

namespace vectis::docker {
namespace json = boost::json;
namespace {

constexpr int minor_min = 41;
constexpr int minor_max = 51;

/// "1.41" → 41; 0 if it is no such version.
int minor_of(const std::string& version) {
    if (!version.starts_with("1.")) return 0;
    int minor = 0;
    std::from_chars(version.data() + 2, version.data() + version.size(), minor);
    return minor;
}

Result<Effect> effect_of(const HttpResponse& response, int unchanged_status) {
    if (response.status == unchanged_status) return Effect::unchanged;
    if (is_success(response)) return Effect::changed;
    return refusal_of(response);
}

std::string container_path(const std::string& id) {
    return "/containers/" + percent_encode(id);
}

template <class T, class Decode>
std::vector<T> sorted(const json::value& list, Decode decode) {
    std::vector<T> out;
    if (list.is_array()) {
        for (const json::value& item : list.as_array()) out.push_back(decode(item));
    }
    std::sort(out.begin(), out.end(), [](const T& a, const T& b) { return a.name < b.name; });
    return out;
}

}  // namespace

HttpEngine::HttpEngine(const Location& location) : transport_(location) {}

EngineVersion HttpEngine::version(const Call& call) {
    {
        const std::scoped_lock lock(mutex_);
        if (version_) return *version_;
    }
    EngineVersion negotiated = negotiate(call);
    const std::scoped_lock lock(mutex_);
    version_ = negotiated;
    return negotiated;
}

EngineVersion HttpEngine::negotiate(const Call& call) {
    const HttpResponse ping = transport_.send({.target = "/_ping"}, call);
    if (!is_success(ping))
        throw EngineError(
            EngineError::Outcome::not_sent,
            "the engine at " + to_text(transport_.location()) +
                " is not ready: " + refusal_of(ping).message()
        );
    const auto header = ping.headers.find("api-version");
    const int theirs = header == ping.headers.end() ? 0 : minor_of(header->second);
    if (theirs < minor_min) {
        throw EngineError(
            EngineError::Outcome::not_sent,
            "the engine at " + to_text(transport_.location()) +
                " is too old: Docker Engine 20.10 (API 1.41) is needed"
        );
    }
    EngineVersion out;
    out.api_version = "1." + std::to_string(std::min(theirs, minor_max));
    out.version = wire::text_at(
        parse_body(transport_.send({.target = "/v" + out.api_version + "/version"}, call)),
        "Version"
    );
    return out;
}

HttpResponse HttpEngine::send(
    HttpRequest request, const Call& call, const BodySink& sink, Pace pace
) {
    if (call.node != "local")
        throw EngineError(EngineError::Outcome::not_sent, "there is no node '" + call.node + "'");
    request.target = "/v" + version(call).api_version + request.target;
    try {
        return transport_.send(request, call, sink, pace);
    } catch (const EngineError&) {
        const std::scoped_lock lock(mutex_);
        version_.reset();  // another engine version may answer next time
        throw;
    }
}

HttpResponse HttpEngine::get(const std::string& target, const Call& call) {
    return send({.target = target}, call);
}

HttpResponse HttpEngine::post(
    const std::string& target, const json::object& body, const Call& call
) {
    return send(
        {.method = "POST",
         .target = target,
         .body = json::serialize(body),
         .content_type = "application/json"},
        call
    );
}

json::value HttpEngine::ask(const std::string& target, const Call& call) {
    const HttpResponse response = get(target, call);
    if (!is_success(response))
        throw EngineError(
            EngineError::Outcome::unknown, "GET " + target + ": " + refusal_of(response).message()
        );
    return parse_body(response);
}

std::optional<json::value> HttpEngine::find(const std::string& target, const Call& call) {
    const HttpResponse response = get(target, call);
    if (response.status == 404) return std::nullopt;
    if (!is_success(response))
        throw EngineError(
            EngineError::Outcome::unknown, "GET " + target + ": " + refusal_of(response).message()
        );
    return parse_body(response);
}

std::vector<ContainerSummary> HttpEngine::list_containers(
    const ListContainers& filter, const Call& call
) {
    const std::string filters = percent_encode(wire::label_filter(filter.labels));
    return sorted<ContainerSummary>(
        ask("/containers/json?all=1&filters=" + filters, call), wire::decode_summary
    );
}

std::optional<Container> HttpEngine::inspect_container(const std::string& id, const Call& call) {
    const std::optional<json::value> found = find(container_path(id) + "/json", call);
    if (!found) return std::nullopt;
    return wire::decode_container(*found);
}

Result<std::string> HttpEngine::create_container(const ContainerSpec& spec, const Call& call) {
    const bool has_many_endpoints = minor_of(version(call).api_version) >= 44;
    const HttpResponse response = post(
        "/containers/create?name=" + percent_encode(spec.name),
        wire::encode_container(spec, has_many_endpoints),
        call
    );
    if (!is_success(response)) return refusal_of(response);
    std::string id = wire::text_at(parse_body(response), "Id");
    if (has_many_endpoints) return id;
    bool is_first = true;
    for (const auto& [network, endpoint] : spec.networks) {
        if (is_first) {
            is_first = false;
            continue;
        }
        if (const Result<Effect> connected = connect_network(network, id, endpoint, call);
            !connected)
            return connected.error();
    }
    return id;
}

Result<Effect> HttpEngine::start_container(const std::string& id, const Call& call) {
    return effect_of(post(container_path(id) + "/start", {}, call), 304);
}

Result<Effect> HttpEngine::stop_container(
    const std::string& id, std::optional<std::chrono::seconds> grace, const Call& call
) {
    const std::string query = grace ? "?t=" + std::to_string(grace->count()) : std::string{};
    return effect_of(post(container_path(id) + "/stop" + query, {}, call), 304);
}

Result<Effect> HttpEngine::kill_container(
    const std::string& id, const std::string& signal, const Call& call
) {
    const HttpResponse response =
        post(container_path(id) + "/kill?signal=" + percent_encode(signal), {}, call);
    if (response.status == 409 && !is_running(id, call)) return Effect::unchanged;
    return effect_of(response, 304);
}

bool HttpEngine::is_running(const std::string& id, const Call& call) {
    const std::optional<Container> container = inspect_container(id, call);
    return container && container->state == ContainerState::running;
}

Result<Effect> HttpEngine::unpause_container(const std::string& id, const Call& call) {
    const HttpResponse response = post(container_path(id) + "/unpause", {}, call);
    // 20.10 says 500, later ones 409, both with this text.
    if (!is_success(response) && response.body.find("is not paused") != std::string::npos)
        return Effect::unchanged;
    return effect_of(response, 304);
}

Result<Effect> HttpEngine::remove_container(const std::string& id, const Call& call) {
    const HttpResponse response =
        send({.method = "DELETE", .target = container_path(id) + "?force=1&v=1"}, call);
    if (response.status == 409 && response.body.find("already in progress") != std::string::npos)
        return Effect::unchanged;
    return effect_of(response, 404);
}

Result<Effect> HttpEngine::set_restart_policy(
    const std::string& id, RestartPolicy policy, const Call& call
) {
    const std::optional<Container> container = inspect_container(id, call);
    if (container && container->restart_policy == policy) return Effect::unchanged;
    return effect_of(
        post(
            container_path(id) + "/update",
            {{"RestartPolicy", json::object{{"Name", wire::encode_restart_policy(policy)}}}},
            call
        ),
        304
    );
}

std::vector<Network> HttpEngine::list_networks(const Labels& labels, const Call& call) {
    return sorted<Network>(
        ask("/networks?filters=" + percent_encode(wire::label_filter(labels)), call),
        wire::decode_network
    );
}

std::optional<Network> HttpEngine::inspect_network(const std::string& name, const Call& call) {
    const std::optional<json::value> found = find("/networks/" + percent_encode(name), call);
    if (!found) return std::nullopt;
    return wire::decode_network(*found);
}

Result<std::string> HttpEngine::create_network(const NetworkSpec& spec, const Call& call) {
    // Engines before 25 check for duplicates as best they can only.
    if (const std::optional<Network> existing = inspect_network(spec.name, call);
        existing && existing->name == spec.name) {
        return Refusal{
            RefusalReason::conflict, "network with name " + spec.name + " already exists"
        };
    }
    const HttpResponse response = post("/networks/create", wire::encode_network(spec), call);
    if (!is_success(response)) return refusal_of(response);
    return wire::text_at(parse_body(response), "Id");
}

Result<Effect> HttpEngine::remove_network(const std::string& id, const Call& call) {
    return effect_of(
        send({.method = "DELETE", .target = "/networks/" + percent_encode(id)}, call), 404
    );
}

Result<Effect> HttpEngine::connect_network(
    const std::string& network,
    const std::string& container,
    const Endpoint& endpoint,
    const Call& call
) {
    const json::object body{
        {"Container", container}, {"EndpointConfig", wire::encode_endpoint(endpoint)}
    };
    const HttpResponse response =
        post("/networks/" + percent_encode(network) + "/connect", body, call);
    if (!is_success(response) &&
        response.body.find("already exists in network") != std::string::npos)
        return Effect::unchanged;
    if (!is_success(response) &&
        response.body.find("is already attached to network") != std::string::npos)
        return Effect::unchanged;
    return effect_of(response, 304);
}

Result<Effect> HttpEngine::disconnect_network(
    const std::string& network, const std::string& container, const Call& call
) {
    const HttpResponse response = post(
        "/networks/" + percent_encode(network) + "/disconnect",
        {{"Container", container}, {"Force", true}},
        call
    );
    if (!is_success(response) && response.body.find("is not connected to") != std::string::npos)
        return Effect::unchanged;
    return effect_of(response, 404);
}

std::vector<Volume> HttpEngine::list_volumes(const Labels& labels, const Call& call) {
    return sorted<Volume>(
        wire::member(
            ask("/volumes?filters=" + percent_encode(wire::label_filter(labels)), call), "Volumes"
        ),
        wire::decode_volume
    );
}

std::optional<Volume> HttpEngine::inspect_volume(const std::string& name, const Call& call) {
    const std::optional<json::value> found = find("/volumes/" + percent_encode(name), call);
    if (!found) return std::nullopt;
    return wire::decode_volume(*found);
}

Result<Volume> HttpEngine::create_volume(const VolumeSpec& spec, const Call& call) {
    const HttpResponse response = post(
        "/volumes/create", {{"Name", spec.name}, {"Labels", wire::encode_labels(spec.labels)}}, call
    );
    if (!is_success(response)) return refusal_of(response);
    return wire::decode_volume(parse_body(response));
}

Result<Effect> HttpEngine::remove_volume(const std::string& name, const Call& call) {
    return effect_of(
        send({.method = "DELETE", .target = "/volumes/" + percent_encode(name)}, call), 404
    );
}

}  // namespace vectis::docker
