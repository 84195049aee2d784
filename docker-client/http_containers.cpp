#include "docker-client/answers.hpp"
#include "docker-client/http_engine.hpp"
#include "docker-client/reference.hpp"
#include "docker-client/sorted.hpp"
#include "docker-client/wire.hpp"

namespace vectis::docker {
namespace json = boost::json;
namespace {

// From this version on create connects all networks.
constexpr int minor_many_endpoints = 44;

bool is_stopped(const Container& container) {
    return container.state == ContainerState::created ||
           container.state == ContainerState::exited || container.state == ContainerState::dead;
}

}  // namespace

std::optional<Container> HttpEngine::find_container(const std::string& id, const Limit& limit) {
    const auto found = find("/containers/" + percent_encode(id) + "/json", limit);
    if (!found) return std::nullopt;
    Container container = wire::decode_container(*found);
    if (container.id.empty()) {
        throw EngineError(
            EngineError::Outcome::unknown, "the engine describes container '" + id + "' without Id"
        );
    }
    if (container.id != id && container.name != id) return std::nullopt;
    return container;
}

std::string HttpEngine::exact_container(const std::string& id, const Limit& limit) {
    if (!may_be_short_id(id)) return id;
    const std::optional<Container> found = find_container(id, limit);
    // No name and no id begins like this, so that the engine says "no such container".
    return found ? found->id : '-' + id;
}

std::string HttpEngine::container_path(const std::string& id, const Limit& limit) {
    return "/containers/" + percent_encode(exact_container(id, limit));
}

std::vector<ContainerSummary> HttpEngine::list_containers(
    const ListContainers& filter, const Call& call
) {
    const std::string filters = percent_encode(wire::label_filter(filter.labels));
    return sorted_by_name<ContainerSummary>(
        ask("/containers/json?all=1&filters=" + filters, limit_of(call)), wire::decode_summary
    );
}

std::optional<Container> HttpEngine::inspect_container(const std::string& id, const Call& call) {
    return find_container(id, limit_of(call));
}

Result<std::string> HttpEngine::create_container(const ContainerSpec& spec, const Call& call) {
    const Limit limit = limit_of(call);
    const int minor = wire::minor_of(negotiated(limit).api_version);
    const bool has_many_endpoints = minor >= minor_many_endpoints;
    const HttpResponse response = post(
        "/containers/create?name=" + percent_encode(spec.name),
        wire::encode_container(spec, has_many_endpoints),
        limit
    );
    if (!is_success(response)) return refusal_of(response);
    std::string id = id_of(response);
    if (has_many_endpoints || spec.networks.empty()) return id;
    return after_effect([&]() -> Result<std::string> {
        for (auto next = std::next(spec.networks.begin()); next != spec.networks.end(); ++next) {
            const auto connected = connect(next->first, id, next->second, limit);
            if (!connected) return connected.error();
        }
        return id;
    });
}

Result<Effect> HttpEngine::start_container(const std::string& id, const Call& call) {
    const Limit limit = limit_of(call);
    return effect_of(post(container_path(id, limit) + "/start", limit), 304);
}

Result<Effect> HttpEngine::stop_container(
    const std::string& id, std::optional<std::chrono::seconds> grace, const Call& call
) {
    const Limit limit = limit_of(call);
    const std::string query = grace ? "?t=" + std::to_string(grace->count()) : std::string{};
    return effect_of(post(container_path(id, limit) + "/stop" + query, limit), 304);
}

Result<Effect> HttpEngine::kill_container(
    const std::string& id, const std::string& signal, const Call& call
) {
    const Limit limit = limit_of(call);
    const std::string target = container_path(id, limit) + "/kill?signal=" + percent_encode(signal);
    const HttpResponse response = post(target, limit);
    if (response.status == 409) {
        const std::optional<Container> container = find_container(id, limit);
        if (container && is_stopped(*container)) return Effect::unchanged;
    }
    return effect_of(response, 304);
}

Result<Effect> HttpEngine::unpause_container(const std::string& id, const Call& call) {
    const Limit limit = limit_of(call);
    const HttpResponse response = post(container_path(id, limit) + "/unpause", limit);
    // 20.10 says 500, later ones 409, both with this text.
    if (refuses_with(response, "is not paused")) return Effect::unchanged;
    return effect_of(response, 304);
}

Result<Effect> HttpEngine::remove_container(const std::string& id, const Call& call) {
    const Limit limit = limit_of(call);
    const HttpResponse response = remove(container_path(id, limit) + "?force=1&v=1", limit);
    if (refuses_with(response, "already in progress")) return Effect::unchanged;
    return effect_of(response, 404);
}

Result<Effect> HttpEngine::set_restart_policy(
    const std::string& id, RestartPolicy policy, const Call& call
) {
    const Limit limit = limit_of(call);
    const std::optional<Container> container = find_container(id, limit);
    if (container && container->restart_policy == policy) return Effect::unchanged;
    const std::string exact = container ? container->id : exact_container(id, limit);
    const json::object body{
        {"RestartPolicy", json::object{{"Name", wire::encode_restart_policy(policy)}}}
    };
    return effect_of(post("/containers/" + percent_encode(exact) + "/update", body, limit), 304);
}

}  // namespace vectis::docker
