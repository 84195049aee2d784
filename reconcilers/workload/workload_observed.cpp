#include "reconcilers/workload/workload_observed.hpp"

#include "reconcilers/workload/container_spec.hpp"

#include <algorithm>
#include <optional>

namespace vectis::reconcilers {
namespace {

std::string label_of(const docker::Labels& labels, const char* name) {
    const auto place = labels.find(name);
    return place == labels.end() ? std::string{} : place->second;
}

ObservedContainer observed_container(
    const docker::Container& container, const resources::ObjectKey& key, const ProbeBoard& probes
) {
    ObservedContainer out;
    out.container = container;
    out.generation = generation_of(container.name);
    out.image = label_of(container.labels, label::image);
    out.image_hash = label_of(container.labels, label::hash_image);
    out.spec_hash = label_of(container.labels, label::hash_spec);
    out.files_hash = label_of(container.labels, label::hash_files);
    if (const std::optional<ProbeRecord> record = probes.record(key, container.id)) {
        out.probe = {
            true,
            record->is_ready,
            record->asked_since,
            record->ready_since,
            record->failures,
            record->message,
            record->lack
        };
    }
    return out;
}

}  // namespace

ObservedWorkload observed_workload(
    const World& world,
    const std::vector<docker::Container>& containers,
    const resources::ObjectKey& key,
    const Identity& identity,
    const ProbeBoard& probes
) {
    ObservedWorkload out;
    for (const docker::Container& container : containers)
        out.containers.push_back(observed_container(container, key, probes));
    std::sort(
        out.containers.begin(),
        out.containers.end(),
        [](const ObservedContainer& a, const ObservedContainer& b) {
            return a.generation < b.generation;
        }
    );
    for (const auto& [name, network] : world.networks) out.networks[name] = network.id;
    out.volumes = world.volumes;
    for (const auto& [name, volume] : world.volumes) {
        if (stands_for(volume.labels, identity, key)) out.own_volumes.push_back(name);
    }
    return out;
}

}  // namespace vectis::reconcilers
