#include "reconcilers/teardown.hpp"

#include "reconcilers/core/images.hpp"
#include "resources/condition.hpp"

#include <chrono>

namespace vectis::reconcilers {
namespace {

docker::Call call() {
    return {.deadline = std::chrono::seconds(60)};
}

/// What keeps an object from going.
void note_obstacle(const resources::Object& object, TeardownProgress& progress) {
    for (const resources::Condition& condition : resources::conditions_of(object.status)) {
        if (condition.type == "Stalled" && condition.status == resources::ConditionStatus::yes)
            progress.problems.push_back(
                resources::to_text(resources::key_of(object)) + ": " + condition.message
            );
    }
}

void delete_objects(Seams& seams, TeardownProgress& progress) {
    for (const resources::Object& object : seams.platform.list({}).items) {
        const resources::ObjectKey key = resources::key_of(object);
        progress.remaining.push_back(resources::to_text(key));
        if (resources::is_being_deleted(object)) note_obstacle(object, progress);
        if (resources::is_being_deleted(object) || !object.metadata.owner_references.empty())
            continue;
        const auto removed = seams.platform.remove(key, {});
        if (!removed && removed.error().reason() != controller::StoreReason::not_found)
            progress.problems.push_back(removed.error().message());
    }
}

void remove_volumes(Seams& seams, TeardownProgress& progress) {
    for (const docker::Volume& volume :
         seams.engine.list_volumes(installation_labels(seams.identity), call())) {
        const docker::Result<docker::Effect> removed =
            seams.engine.remove_volume(volume.name, call());
        if (!removed)
            progress.problems.push_back("volume " + volume.name + ": " + removed.error().message());
    }
}

/// Only images that Vectis built carry the label; a base image was somebody's before.
void remove_images(Seams& seams, TeardownProgress& progress) {
    for (const docker::Image& image : seams.engine.list_images(built_image_labels(), call())) {
        for (const std::string& tag : image.tags) {
            const docker::Result<docker::Effect> removed = seams.engine.remove_image(tag, call());
            // Another installation on this engine may run it.
            if (!removed && removed.error().reason() != docker::RefusalReason::conflict)
                progress.problems.push_back("image " + tag + ": " + removed.error().message());
        }
    }
}

}  // namespace

TeardownProgress take_down(Seams& seams, const TeardownOptions& options) {
    TeardownProgress progress;
    delete_objects(seams, progress);
    if (!progress.remaining.empty()) return progress;
    if (options.removes_volumes) remove_volumes(seams, progress);
    if (options.removes_images) remove_images(seams, progress);
    progress.is_done = progress.problems.empty();
    return progress;
}

}  // namespace vectis::reconcilers
