#include "api/summary.hpp"

#include "api/discovery.hpp"
#include "resources/condition.hpp"
#include "resources/kind.hpp"
#include "resources/platform/platform.hpp"

#include <boost/json/array.hpp>
#include <unistd.h>

#include <algorithm>

namespace vectis::api {
namespace json = boost::json;
namespace {

using resources::Condition;
using resources::ConditionStatus;
using resources::Object;

bool is_reconciled(const Object& object) {
    const resources::Kind* kind = resources::find_kind(object.kind);
    return kind != nullptr && object.kind != "Secret";
}

json::object entry_of(const Object& object) {
    const ObjectState state = state_of(object);
    json::object out{
        {"kind", object.kind},
        {"namespace", object.metadata.ns},
        {"name", object.metadata.name},
        {"phase", to_text(state.phase)},
        {"reason", state.reason},
        {"message", state.message},
    };
    for (const std::string_view name : {"container", "image", "restarts", "ports"}) {
        if (const json::value* value = object.status.if_contains(name)) out[name] = *value;
    }
    if (const json::value* hostname = object.spec.if_contains("hostname");
        hostname != nullptr && object.kind == "Platform")
        out["hostname"] = *hostname;
    return out;
}

void add_warnings(const Object& object, json::array& warnings) {
    if (object.kind != "Platform") return;
    const auto spec = resources::view<resources::PlatformSpec>(object.spec);
    if (spec.dns.outside) return;
    warnings.emplace_back(
        "Platform/" + object.metadata.name +
        " has dns.outside: false, so nothing is checked against DNS and no mail leaves: for tests "
        "only"
    );
}

}  // namespace

std::string_view to_text(Phase phase) {
    switch (phase) {
        case Phase::ready:
            return "Ready";
        case Phase::reconciling:
            return "Reconciling";
        case Phase::stalled:
            return "Stalled";
        case Phase::terminating:
            return "Terminating";
    }
    return "Reconciling";
}

ObjectState state_of(const Object& object) {
    const std::vector<Condition> conditions = resources::conditions_of(object.status);
    const auto find = [&](std::string_view type) {
        return std::find_if(conditions.begin(), conditions.end(), [&](const Condition& condition) {
            return condition.type == type;
        });
    };
    const auto ready = find("Ready");
    const auto stalled = find("Stalled");
    const auto reconciling = find("Reconciling");
    ObjectState out;
    if (const auto& said = ready != conditions.end() ? ready : reconciling;
        said != conditions.end()) {
        out.reason = said->reason;
        out.message = said->message;
    }
    if (resources::is_being_deleted(object)) {
        out.phase = Phase::terminating;
    } else if (stalled != conditions.end() && stalled->status == ConditionStatus::yes &&
               stalled->observed_generation == object.metadata.generation) {
        out = {Phase::stalled, stalled->reason, stalled->message};
    } else if (ready == conditions.end()) {
        const bool is_waiting =
            is_reconciled(object) ||
            (reconciling != conditions.end() && reconciling->status == ConditionStatus::yes);
        out.phase = is_waiting ? Phase::reconciling : Phase::ready;
    } else if (ready->status == ConditionStatus::yes &&
               ready->observed_generation == object.metadata.generation) {
        out.phase = Phase::ready;
    }
    return out;
}

json::object summarize(const Backends& backends, const std::vector<SourceState>& sources) {
    json::array objects;
    json::array warnings;
    const controller::ObjectList platform = backends.stores.platform.list({});
    for (const Object& object : platform.items) {
        // Mail objects that wait for the database are kept here and shown by the mail store.
        const resources::Kind* kind = resources::find_kind(object.kind);
        if (kind != nullptr && kind->home == resources::Home::mail) continue;
        objects.push_back(entry_of(object));
        add_warnings(object, warnings);
    }
    try {
        for (const Object& object : backends.stores.mail.list({}).items)
            objects.push_back(entry_of(object));
    } catch (const controller::StoreError& error) {
        warnings.emplace_back("mail objects cannot be read: " + std::string(error.what()));
    }
    for (const SourceState& source : sources) {
        if (!source.message.empty()) warnings.emplace_back(source.path + ": " + source.message);
        for (const std::string& left : source.left)
            warnings.emplace_back(
                left + " is no longer declared in " + source.path + " and stays until it is deleted"
            );
    }
    return {
        {"kind", "Summary"},
        {"version", program_version},
        {"pid", ::getpid()},
        {"storeVersion", platform.version},
        {"objects", std::move(objects)},
        {"warnings", std::move(warnings)},
    };
}

}  // namespace vectis::api
