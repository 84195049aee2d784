#include "api/summary.hpp"

#include "api/discovery.hpp"
#include "resources/condition.hpp"
#include "resources/domain/domain.hpp"
#include "resources/kind.hpp"
#include "resources/platform/platform.hpp"

#include <boost/json/array.hpp>
#include <unistd.h>

#include <algorithm>
#include <set>

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
    if (const std::string manager = resources::applied_by(object); !manager.empty())
        out["declaredBy"] = manager;
    for (const std::string_view name : {"container", "image", "restarts", "ports", "lastRepair"}) {
        if (const json::value* value = object.status.if_contains(name)) out[name] = *value;
    }
    if (const json::value* hostname = object.spec.if_contains("hostname");
        hostname != nullptr && object.kind == "Platform")
        out["hostname"] = *hostname;
    return out;
}

void add_warnings(const Object& object, json::array& warnings) {
    // Whichever folders are declared now: it stays just the same.
    if (const std::string left = resources::left_by(object); !left.empty())
        warnings.emplace_back(
            resources::to_text(resources::key_of(object)) + " is no longer declared in " +
            left.substr(left.find(':') + 1) + " and stays until it is deleted or declared again"
        );
    if (object.kind != "Platform") return;
    const auto spec = resources::view<resources::PlatformSpec>(object.spec);
    const std::string name = "Platform/" + object.metadata.name;
    if (!spec.dns.outside) {
        warnings.emplace_back(
            name +
            " has dns.outside: false, so nothing is checked against DNS and no mail leaves: for "
            "tests only"
        );
    } else if (spec.dns.servers.empty()) {
        warnings.emplace_back(
            name +
            " has no dns.servers: unless the engine's resolver validates DNSSEC, mail leaves "
            "without DANE; name a validating one"
        );
    }
    if (spec.postmaster.empty()) {
        warnings.emplace_back(
            name + " has no postmaster: mail to postmaster@" + spec.hostname +
            " is refused, though other servers expect somebody there"
        );
    }
    if (!spec.antivirus.enabled) return;
    if (!spec.dns.outside) {
        warnings.emplace_back(
            name +
            " has an antivirus and dns.outside: false: nobody fetches signatures, it knows those "
            "that you copy into the volume clamav-data"
        );
    }
    if (spec.antivirus.when_unavailable == resources::WhenUnavailable::accept) {
        warnings.emplace_back(
            name +
            " has antivirus.whenUnavailable: accept, so mail is taken unscanned while Workload/"
            "clamav is not Ready"
        );
    }
}

/// RFC 5321, 4.5.1: every domain has to take mail for its postmaster.
void add_postmaster_warnings(const std::vector<Object>& mail, json::array& warnings) {
    std::set<std::string> served;
    for (const Object& object : mail) {
        if (object.metadata.name == "postmaster") served.insert(object.metadata.ns);
    }
    for (const Object& object : mail) {
        if (object.kind != "Domain") continue;
        const auto spec = resources::view<resources::DomainSpec>(object.spec);
        const std::string& name = object.metadata.name;
        if (spec.active && spec.catch_all.empty() && !served.contains(name))
            warnings.emplace_back(
                "Domain/" + name + " has no mailbox or alias postmaster: mail to postmaster@" +
                name + " is refused, though other servers expect somebody there"
            );
    }
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
        const std::vector<Object> mail = backends.stores.mail.list({}).items;
        for (const Object& object : mail) {
            objects.push_back(entry_of(object));
            add_warnings(object, warnings);
        }
        add_postmaster_warnings(mail, warnings);
    } catch (const controller::StoreError& error) {
        warnings.emplace_back("mail objects cannot be read: " + std::string(error.what()));
    }
    for (const SourceState& source : sources) {
        if (!source.message.empty()) warnings.emplace_back(source.path + ": " + source.message);
    }
    return {
        {"kind", "Summary"},
        {"version", program_version},
        {"pid", ::getpid()},
        {"metricsPort", backends.metrics_port},
        {"storeVersion", platform.version},
        {"objects", std::move(objects)},
        {"warnings", std::move(warnings)},
    };
}

}  // namespace vectis::api
