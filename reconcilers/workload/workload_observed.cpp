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

bool belongs_to(const docker::Labels& labels, const resources::ObjectKey& key) {
    return label_of(labels, "vectis.dev/kind") == key.kind &&
           label_of(labels, "vectis.dev/name") == key.name;
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
            record->message
        };
    }
    return out;
}

}  // namespace

ObservedWorkload observed_workload(
    const World& world, const resources::ObjectKey& key, const ProbeBoard& probes
) {
    ObservedWorkload out;
    for (const auto& [name, container] : world.containers) {
        if (belongs_to(container.labels, key))
            out.containers.push_back(observed_container(container, key, probes));
    }
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
        if (belongs_to(volume.labels, key)) out.own_volumes.push_back(name);
    }
    return out;
}

}  // namespace vectis::reconcilers
