#include "reconcilers/core/finalizer.hpp"

#include <algorithm>

namespace vectis::reconcilers {
namespace {

resources::Object write(controller::Store& store, resources::Object object) {
    object.metadata.resource_version.clear();
    controller::StoreResult<resources::Object> written = store.update(object);
    if (!written)
        throw controller::StoreError(
            "write finalizers of " + resources::to_text(resources::key_of(object)) + ": " +
            written.error().message()
        );
    return std::move(*written);
}

}  // namespace

resources::Object ensure_finalizer(
    controller::Store& store, const resources::Object& object, const std::string& finalizer
) {
    const auto& present = object.metadata.finalizers;
    if (std::find(present.begin(), present.end(), finalizer) != present.end()) return object;
    resources::Object wanted = object;
    wanted.metadata.finalizers.push_back(finalizer);
    return write(store, std::move(wanted));
}

void drop_finalizer(
    controller::Store& store, const resources::Object& object, const std::string& finalizer
) {
    resources::Object wanted = object;
    if (std::erase(wanted.metadata.finalizers, finalizer) > 0) write(store, std::move(wanted));
}

}  // namespace vectis::reconcilers
