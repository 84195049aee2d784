#include "docker-client/answers.hpp"
#include "docker-client/http_engine.hpp"
#include "docker-client/reference.hpp"
#include "docker-client/sorted.hpp"
#include "docker-client/wire.hpp"

namespace vectis::docker {
namespace json = boost::json;
namespace {

std::string network_path(const std::string& name) {
    return "/networks/" + percent_encode(name);
}

}  // namespace

std::optional<Network> HttpEngine::find_network(const std::string& name, const Limit& limit) {
    // Without a name the address is that of the list.
    if (name.empty()) return std::nullopt;
    const std::optional<json::value> found = find(network_path(name), limit);
    if (!found) return std::nullopt;
    Network network = wire::decode_network(*found);
    if (network.id != name && network.name != name) return std::nullopt;
    return network;
}

std::string HttpEngine::exact_network(const std::string& name, const Limit& limit) {
    if (!may_be_short_id(name)) return name;
    const std::optional<Network> found = find_network(name, limit);
    return found ? found->id : '-' + name;
}

std::vector<Network> HttpEngine::list_networks(const Labels& labels, const Call& call) {
    const std::string filters = percent_encode(wire::label_filter(labels));
    return sorted_by_name<Network>(
        ask("/networks?filters=" + filters, limit_of(call)), wire::decode_network
    );
}

std::optional<Network> HttpEngine::inspect_network(const std::string& name, const Call& call) {
    return find_network(name, limit_of(call));
}

Result<std::string> HttpEngine::create_network(const NetworkSpec& spec, const Call& call) {
    const Limit limit = limit_of(call);
    // Engines before 25 check for duplicates as best they can only.
    const std::optional<Network> existing = find_network(spec.name, limit);
    if (existing && existing->name == spec.name) {
        return Refusal{
            RefusalReason::conflict, "network with name " + spec.name + " already exists"
        };
    }
    const HttpResponse response = post("/networks/create", wire::encode_network(spec), limit);
    if (!is_success(response)) return refusal_of(response);
    return id_of(response);
}

Result<Effect> HttpEngine::remove_network(const std::string& id, const Call& call) {
    const Limit limit = limit_of(call);
    return effect_of(remove(network_path(exact_network(id, limit)), limit), 404);
}

Result<Effect> HttpEngine::connect(
    const std::string& network,
    const std::string& container,
    const Endpoint& endpoint,
    const Limit& limit
) {
    const json::object body{
        {"Container", exact_container(container, limit)},
        {"EndpointConfig", wire::encode_endpoint(endpoint)}
    };
    const std::string path = network_path(exact_network(network, limit));
    const HttpResponse response = post(path + "/connect", body, limit);
    for (const char* text : {"already exists in network", "is already attached to network"}) {
        if (refuses_with(response, text)) return Effect::unchanged;
    }
    return effect_of(response, 304);
}

Result<Effect> HttpEngine::connect_network(
    const std::string& network,
    const std::string& container,
    const Endpoint& endpoint,
    const Call& call
) {
    return connect(network, container, endpoint, limit_of(call));
}

Result<Effect> HttpEngine::disconnect_network(
    const std::string& network, const std::string& container, const Call& call
) {
    const Limit limit = limit_of(call);
    const json::object body{{"Container", exact_container(container, limit)}, {"Force", true}};
    const std::string path = network_path(exact_network(network, limit));
    const HttpResponse response = post(path + "/disconnect", body, limit);
    if (refuses_with(response, "is not connected to")) return Effect::unchanged;
    return effect_of(response, 404);
}

}  // namespace vectis::docker
