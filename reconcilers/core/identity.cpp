#include "reconcilers/core/identity.hpp"

namespace vectis::reconcilers {
namespace {

std::string value_of(const docker::Labels& labels, const char* name) {
    const auto place = labels.find(name);
    return place == labels.end() ? std::string{} : place->second;
}

}  // namespace

std::string engine_name(const Identity& identity, const std::string& name) {
    return identity.project + '-' + name;
}

docker::Labels labels_for(const Identity& identity, const resources::Object& object) {
    docker::Labels labels{
        {label::installation, identity.installation},
        {label::kind, object.kind},
        {label::name, object.metadata.name},
        {label::uid, object.metadata.uid},
    };
    if (!object.metadata.ns.empty()) labels[label::ns] = object.metadata.ns;
    return labels;
}

docker::Labels installation_labels(const Identity& identity) {
    return {{label::installation, identity.installation}};
}

docker::Labels labels_for_volume(
    const Identity& identity, const resources::Object& object, const std::string& mark
) {
    docker::Labels labels = labels_for(identity, object);
    labels[label::mark] = mark;
    return labels;
}

docker::Volume marked(docker::Volume volume) {
    volume.created_at = value_of(volume.labels, label::mark);
    return volume;
}

bool stands_for(
    const docker::Labels& labels, const Identity& identity, const resources::ObjectKey& key
) {
    return key_from(labels, identity) == key;
}

resources::ObjectKey key_from(const docker::Labels& labels, const Identity& identity) {
    if (value_of(labels, label::installation) != identity.installation) return {};
    return {
        value_of(labels, label::kind), value_of(labels, label::ns), value_of(labels, label::name)
    };
}

}  // namespace vectis::reconcilers
