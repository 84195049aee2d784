#include "reconcilers/workload/workload_cast.hpp"

namespace vectis::reconcilers {
namespace {

using docker::ContainerState;

bool is_made_from(const ObservedContainer& container, const DesiredWorkload& desired) {
    if (container.container.state == ContainerState::dead ||
        container.container.state == ContainerState::removing)
        return false;
    return container.spec_hash == desired.spec_hash && container.files_hash == desired.files_hash &&
           container.image == desired.image;
}

bool is_proven(const ObservedContainer& container, const WorkloadProgress& progress) {
    // Without a record (a lost store) the newest running container is taken for the one that
    // serves.
    if (progress.stable_revision.empty())
        return container.container.state == ContainerState::running;
    return revision_of(container) == progress.stable_revision;
}

/// The newest that is made as desired; one that runs before one that does not, for a create whose
/// answer was lost may come to be when another has taken its place.
const ObservedContainer* target_of(
    const DesiredWorkload& desired, const ObservedWorkload& observed
) {
    const ObservedContainer* target = nullptr;
    for (const ObservedContainer& container : observed.containers) {
        if (!is_made_from(container, desired)) continue;
        if (target == nullptr || is_stopped(*target) || !is_stopped(container)) target = &container;
    }
    return target;
}

}  // namespace

Cast cast_of(
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress
) {
    Cast cast{.target = target_of(desired, observed)};
    // A second one of the same revision proves nothing that the target has not proved.
    const bool is_target_proven = cast.target != nullptr && !progress.stable_revision.empty() &&
                                  is_proven(*cast.target, progress);
    for (const ObservedContainer& container : observed.containers) {
        if (&container == cast.target || is_target_proven) continue;
        if (is_proven(container, progress)) cast.proven = &container;
    }
    for (const ObservedContainer& container : observed.containers) {
        if (&container != cast.target && &container != cast.proven)
            cast.leftovers.push_back(&container);
    }
    return cast;
}

std::string revision_of(const ObservedContainer& container) {
    return revision_of(
        container.image, container.image_hash, container.spec_hash, container.files_hash
    );
}

void add_action(
    WorkloadPlan& plan,
    WorkloadVerb verb,
    const ObservedContainer& container,
    const std::string& cause,
    const std::string& detail
) {
    plan.actions.push_back({verb, container.container.name, detail, cause});
}

bool is_stopped(const ObservedContainer& container) {
    const ContainerState state = container.container.state;
    return state == ContainerState::created || state == ContainerState::exited ||
           state == ContainerState::dead;
}

}  // namespace vectis::reconcilers
