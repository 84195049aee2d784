#pragma once

#include "reconcilers/workload/workload_plan.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace vectis::reconcilers {

using controller::Time;
using docker::ContainerState;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline const Time now{std::chrono::hours(24 * 365 * 50)};

inline DesiredWorkload desired_postfix(const std::string& spec_hash = "s1") {
    DesiredWorkload desired;
    desired.component = "postfix";
    desired.image = "vectis/postfix:1";
    desired.image_id = "sha256:1";
    desired.spec_hash = spec_hash;
    desired.files_hash = "f1";
    desired.files_volume = "vectis-postfix-files-f1";
    desired.spec.networks = {{.network = "mail", .aliases = {"postfix"}}};
    desired.networks = {{"mail", "vectis-mail"}};
    return desired;
}

/// A container as it looks when it was made from `desired`.
inline ObservedContainer container_of(
    const DesiredWorkload& desired, int generation, ContainerState state
) {
    ObservedContainer out;
    out.generation = generation;
    out.image = desired.image;
    out.image_hash = desired.image_id;
    out.spec_hash = desired.spec_hash;
    out.files_hash = desired.files_hash;
    out.container.name = "vectis-postfix-" + std::to_string(generation);
    out.container.id = "id" + std::to_string(generation);
    out.container.state = state;
    out.container.started_at = now;
    out.container.networks["vectis-mail"] = {
        .network_id = "net1", .aliases = {"postfix"}, .address = "172.18.0.2"
    };
    return out;
}

inline ObservedWorkload world_with(std::vector<ObservedContainer> containers) {
    ObservedWorkload observed;
    observed.containers = std::move(containers);
    observed.networks = {{"vectis-mail", "net1"}};
    observed.volumes["vectis-postfix-files-f1"] = {
        .name = "vectis-postfix-files-f1", .created_at = "t0"
    };
    observed.own_volumes = {"vectis-postfix-files-f1"};
    return observed;
}

inline WorkloadProgress progress_with(const DesiredWorkload& stable) {
    WorkloadProgress progress;
    progress.stable_revision =
        revision_of(stable.image, stable.image_id, stable.spec_hash, stable.files_hash);
    progress.filled = {{"vectis-postfix-files-f1", "t0"}};
    progress.generation = 1;
    return progress;
}

inline ProbeView ready_since(Time since) {
    return {
        .is_known = true,
        .is_ready = true,
        .ready_since = since,
        .failures = 0,
        .message = "220 mail"
    };
}

inline std::vector<std::string> texts(const WorkloadPlan& plan) {
    std::vector<std::string> out;
    for (const WorkloadAction& action : plan.actions) out.push_back(to_text(action));
    return out;
}

using Texts = std::vector<std::string>;

}  // namespace vectis::reconcilers
