#include "reconcilers/core/status.hpp"

#include "resources/condition.hpp"
#include "resources/text.hpp"

namespace vectis::reconcilers {
namespace {

using resources::Condition;
using resources::ConditionStatus;

void set(
    boost::json::object& status,
    const char* type,
    ConditionStatus value,
    const resources::Object& object,
    const StatusNote& note,
    const std::string& now
) {
    resources::set_condition(
        status,
        {type, value, note.reason, resources::to_utf8(note.message), object.metadata.generation, now
        }
    );
}

void observe(boost::json::object& status, const resources::Object& object) {
    status["observedGeneration"] = object.metadata.generation;
}

}  // namespace

void set_ready(
    boost::json::object& status,
    const resources::Object& object,
    const StatusNote& note,
    const std::string& now
) {
    observe(status, object);
    set(status, "Ready", ConditionStatus::yes, object, note, now);
    resources::remove_condition(status, "Reconciling");
    resources::remove_condition(status, "Stalled");
}

void set_reconciling(
    boost::json::object& status,
    const resources::Object& object,
    const StatusNote& note,
    const std::string& now
) {
    observe(status, object);
    set(status, "Ready", ConditionStatus::no, object, note, now);
    set(status, "Reconciling", ConditionStatus::yes, object, note, now);
    resources::remove_condition(status, "Stalled");
}

void set_stalled(
    boost::json::object& status,
    const resources::Object& object,
    const StatusNote& note,
    const std::string& now
) {
    observe(status, object);
    set(status, "Ready", ConditionStatus::no, object, note, now);
    set(status, "Stalled", ConditionStatus::yes, object, note, now);
    resources::remove_condition(status, "Reconciling");
}

void write_status_if_changed(
    controller::Store& store, const resources::Object& object, const boost::json::object& status
) {
    if (status == object.status) return;
    resources::Object wanted = object;
    wanted.metadata.resource_version.clear();
    wanted.status = status;
    const controller::StoreResult<resources::Object> written = store.update_status(wanted);
    if (written || written.error().reason() == controller::StoreReason::not_found) return;
    throw controller::StoreError(
        "write status of " + resources::to_text(resources::key_of(object)) + ": " +
        written.error().message()
    );
}

}  // namespace vectis::reconcilers
