#include "reconcilers/secret/secret_reconciler.hpp"

#include "reconcilers/core/status.hpp"
#include "resources/secret/secret.hpp"

#include <boost/json/array.hpp>

#include <optional>

namespace vectis::reconcilers {

controller::ReconcileResult SecretReconciler::reconcile(
    const resources::ObjectKey& key, const controller::ReconcileContext& context
) {
    const std::optional<resources::Object> object = seams_.platform.get(key);
    if (!object || resources::is_being_deleted(*object)) return {};
    const resources::SecretSpec spec = resources::view<resources::SecretSpec>(object->spec);
    const std::string name = key.ns + '/' + key.name;
    controller::Secrets::Values values =
        seams_.secrets.get(name).value_or(controller::Secrets::Values{});
    if (values.empty()) {
        if (seams_.trace) seams_.trace({key, "generate secret " + name, "it is not there"});
        values["password"] = seams_.random.text(static_cast<std::size_t>(spec.length));
        seams_.secrets.put(name, values);
        seams_.events.record(
            controller::EventType::normal,
            *object,
            "Generated",
            "generated secret " + name,
            context.id
        );
    }
    boost::json::object status = object->status;
    boost::json::array keys;
    for (const auto& [field, value] : values) keys.emplace_back(field);
    status["keys"] = std::move(keys);
    set_ready(
        status,
        *object,
        {"Available", "the value is in secrets.yaml"},
        controller::format_time(seams_.clock.now())
    );
    write_status_if_changed(seams_.platform, *object, status);
    return {};
}

}  // namespace vectis::reconcilers
