#include "reconcilers/core/finalizer.hpp"

#include <algorithm>
#include <functional>
#include <optional>

namespace vectis::reconcilers {
namespace {

using resources::Object;

constexpr int tries = 5;

/// Writes what `change` makes of the object as it is stored now: what somebody else wrote meanwhile
/// stays. `nullopt`: the object is gone, or another has its name.
std::optional<Object> write(
    controller::Store& store, const Object& object, const std::function<void(Object&)>& change
) {
    const resources::ObjectKey key = resources::key_of(object);
    std::string why;
    std::optional<Object> current = object;
    for (int i = 0; i < tries && current && current->metadata.uid == object.metadata.uid; ++i) {
        change(*current);
        controller::StoreResult<Object> written = store.update(*current);
        if (written) return std::move(*written);
        why = written.error().message();
        if (written.error().reason() != controller::StoreReason::conflict &&
            written.error().reason() != controller::StoreReason::not_found)
            break;
        current = store.get(key);
    }
    if (!current || current->metadata.uid != object.metadata.uid) return std::nullopt;
    throw controller::StoreError("write finalizers of " + resources::to_text(key) + ": " + why);
}

}  // namespace

bool has_finalizer(const Object& object, const std::string& finalizer) {
    const auto& present = object.metadata.finalizers;
    return std::find(present.begin(), present.end(), finalizer) != present.end();
}

Object ensure_finalizer(
    controller::Store& store, const Object& object, const std::string& finalizer
) {
    if (has_finalizer(object, finalizer)) return object;
    std::optional<Object> written = write(store, object, [&](Object& current) {
        if (!has_finalizer(current, finalizer)) current.metadata.finalizers.push_back(finalizer);
    });
    if (!written)
        throw controller::StoreError(
            "write finalizers of " + resources::to_text(resources::key_of(object)) +
            ": it was deleted meanwhile"
        );
    return std::move(*written);
}

void drop_finalizer(controller::Store& store, const Object& object, const std::string& finalizer) {
    if (!has_finalizer(object, finalizer)) return;
    write(store, object, [&](Object& current) {
        std::erase(current.metadata.finalizers, finalizer);
    });
}

}  // namespace vectis::reconcilers
