#include "docker-client/answers.hpp"
#include "docker-client/http_engine.hpp"
#include "docker-client/sorted.hpp"
#include "docker-client/wire.hpp"

namespace vectis::docker {
namespace json = boost::json;
namespace {

std::string volume_path(const std::string& name) {
    return "/volumes/" + percent_encode(name);
}

}  // namespace

std::vector<Volume> HttpEngine::list_volumes(const Labels& labels, const Call& call) {
    const std::string filters = percent_encode(wire::label_filter(labels));
    const json::value answer = ask("/volumes?filters=" + filters, limit_of(call));
    return sorted_by_name<Volume>(wire::member(answer, "Volumes"), wire::decode_volume);
}

std::optional<Volume> HttpEngine::inspect_volume(const std::string& name, const Call& call) {
    // Without a name the address is that of the list.
    if (name.empty()) return std::nullopt;
    const std::optional<json::value> found = find(volume_path(name), limit_of(call));
    if (!found) return std::nullopt;
    return wire::decode_volume(*found);
}

Result<Volume> HttpEngine::create_volume(const VolumeSpec& spec, const Call& call) {
    const json::object body{{"Name", spec.name}, {"Labels", wire::encode_labels(spec.labels)}};
    const HttpResponse response = post("/volumes/create", body, limit_of(call));
    if (!is_success(response)) return refusal_of(response);
    return wire::decode_volume(parse_body(response));
}

Result<Effect> HttpEngine::remove_volume(const std::string& name, const Call& call) {
    return effect_of(remove(volume_path(name), limit_of(call)), 404);
}

}  // namespace vectis::docker
