#include "reconcilers/secret/secret_reconciler.hpp"

#include "reconcilers/core/announce.hpp"
#include "reconcilers/core/recreate.hpp"
#include "reconcilers/core/status.hpp"
#include "resources/access.hpp"
#include "resources/secret/secret.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace vectis::reconcilers {
namespace {

using resources::text_at;

/// Names the value that was generated, so that giving it up is said once and for that one.
std::string mark_of(const resources::Object& object) {
    const std::string time = text_at(object.status, "generatedAt");
    return time.empty() ? object.metadata.uid : time;
}

/// It was there once: what was set up with it knows no other.
bool is_lost(const resources::Object& object) {
    const boost::json::value* keys = object.status.if_contains("keys");
    const bool was_there = keys != nullptr && keys->is_array() && !keys->as_array().empty();
    return was_there &&
           text_at(object.metadata.annotations, recreate_annotation) != mark_of(object);
}

}  // namespace

controller::ReconcileResult SecretReconciler::reconcile(
    const resources::ObjectKey& key, const controller::ReconcileContext& context
) {
    const std::optional<resources::Object> object = seams_.platform.get(key);
    if (!object || resources::is_being_deleted(*object)) return {};
    const resources::SecretSpec spec = resources::view<resources::SecretSpec>(object->spec);
    const std::string name = key.ns + '/' + key.name;
    controller::Secrets::Values values =
        seams_.secrets.get(name).value_or(controller::Secrets::Values{});
    boost::json::object status = object->status;
    const std::string now = controller::format_time(seams_.clock.now());
    if (values.empty() && is_lost(*object)) {
        set_stalled(
            status,
            *object,
            {"SecretMissing",
             "the value of " + name + " is gone from secrets.yaml" +
                 recreate_remedy("Secret", mark_of(*object))},
            now
        );
        write_status_if_changed(seams_.platform, *object, status);
        return {.again_after = std::chrono::seconds(5)};  // no event tells of the file
    }
    if (values.empty()) {
        announce(seams_.trace, key, "generate secret " + name, "it is not there");
        values["password"] = seams_.random.text(static_cast<std::size_t>(spec.length));
        seams_.secrets.put(name, values);
        status["generatedAt"] = now;
        seams_.events.record(
            controller::EventType::normal,
            *object,
            "Generated",
            "generated secret " + name,
            context.id
        );
    }
    boost::json::array keys;
    for (const auto& [field, value] : values) keys.emplace_back(field);
    status["keys"] = std::move(keys);
    set_ready(status, *object, {"Available", "the value is in secrets.yaml"}, now);
    write_status_if_changed(seams_.platform, *object, status);
    return {};
}

}  // namespace vectis::reconcilers
