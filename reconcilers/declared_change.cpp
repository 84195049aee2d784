#include "reconcilers/declared_change.hpp"

#include "controller/source.hpp"
#include "resources/diff.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace vectis::reconcilers {
namespace {

using controller::Applied;
using resources::Object;
using resources::ObjectKey;

using Objects = std::map<ObjectKey, Object>;

Objects stored_before(const controller::Stores& stores, const controller::DesiredChange& change) {
    Objects out;
    for (const Object& wanted : change.apply) {
        const ObjectKey key = resources::key_of(wanted);
        if (std::optional<Object> stored = stores.of(key).get(key)) out[key] = std::move(*stored);
    }
    return out;
}

boost::json::object metadata_of(const Object& object) {
    return {
        {"metadata",
         {{"labels", object.metadata.labels}, {"annotations", object.metadata.annotations}}}
    };
}

std::string cause_of(const Object& before, const Object& after) {
    std::vector<resources::FieldChange> changes = resources::diff(before.spec, after.spec);
    for (resources::FieldChange& change : resources::diff(metadata_of(before), metadata_of(after)))
        changes.push_back(std::move(change));
    const auto attempt =
        std::find_if(changes.begin(), changes.end(), [](const resources::FieldChange& change) {
            return change.path.ends_with(controller::attempt_annotation);
        });
    if (attempt == changes.end()) return resources::to_text(changes);
    changes.erase(attempt);
    const std::string again = "it is Stalled and is tried once more";
    return changes.empty() ? again : resources::to_text(changes) + "; " + again;
}

controller::ApplyOptions options_for(const std::string& manager) {
    return {
        .prune = manager.starts_with("file:") ? controller::Prune::yes : controller::Prune::no,
        .retry = controller::Retry::yes,
        .yields = [manager](const std::string& other
                  ) { return manager.empty() || controller::is_gone(other); }
    };
}

/// Nothing if it is stored as it was.
std::optional<controller::PlannedAction> action_for(
    const controller::AppliedObject& applied,
    const Objects& before,
    const controller::Stores& stores
) {
    const std::string name = resources::to_text(applied.key);
    switch (applied.what) {
        case Applied::created:
            return controller::PlannedAction{
                applied.key, "create " + name, "it is not declared yet"
            };
        case Applied::configured: {
            const auto old = before.find(applied.key);
            const std::optional<Object> now = stores.of(applied.key).get(applied.key);
            if (old == before.end() || !now) return std::nullopt;
            return controller::PlannedAction{
                applied.key, "change " + name, cause_of(old->second, *now)
            };
        }
        case Applied::pruned:
            return controller::PlannedAction{
                applied.key, "delete " + name, "it is no longer declared"
            };
        case Applied::left:
            return controller::PlannedAction{
                applied.key,
                "leave " + name,
                "it is no longer declared, and only 'vectis delete' removes it"
            };
        case Applied::unchanged:
            break;
    }
    return std::nullopt;
}

void remove(const ObjectKey& key, const controller::Stores& stores, DeclaredChange& declared) {
    controller::Store& store = stores.of(key);
    const std::optional<Object> stored = store.get(key);
    if (!stored || resources::is_being_deleted(*stored)) return;
    const std::string name = resources::to_text(key);
    if (const controller::StoreResult<Object> removed = store.remove(key, {}); !removed)
        declared.refused.push_back("delete " + name + ": " + removed.error().message());
    else
        declared.actions.push_back({key, "delete " + name, "it is no longer declared"});
}

}  // namespace

DeclaredChange declare_change(
    const controller::Stores& stores,
    controller::Clock& clock,
    const controller::DesiredChange& change
) {
    DeclaredChange declared;
    const Objects before = stored_before(stores, change);
    try {
        const controller::ApplyOutcome outcome = controller::apply(
            stores,
            clock,
            change.manager.empty() ? "cli" : change.manager,
            change.apply,
            options_for(change.manager)
        );
        declared.refused = outcome.conflicts;
        for (const controller::RefusedObject& refused : outcome.refused)
            declared.refused.push_back(
                resources::to_text(refused.key) + ": " + refused.why.message()
            );
        for (const controller::AppliedObject& applied : outcome.objects) {
            if (std::optional<controller::PlannedAction> action =
                    action_for(applied, before, stores))
                declared.actions.push_back(std::move(*action));
        }
    } catch (const controller::StoreError& error) {
        declared.refused.emplace_back(error.what());
    }
    for (const ObjectKey& key : change.remove) remove(key, stores, declared);
    return declared;
}

}  // namespace vectis::reconcilers
