#include "reconcilers/database/database_reconciler.hpp"

#include "reconcilers/core/announce.hpp"
#include "reconcilers/core/secret_reference.hpp"
#include "reconcilers/core/status.hpp"
#include "reconcilers/database/migrations.hpp"
#include "resources/condition.hpp"

#include <boost/json/array.hpp>

#include <utility>

namespace vectis::reconcilers {
namespace {

constexpr std::chrono::seconds look_interval(30);
constexpr std::chrono::seconds wait_interval(1);
/// As whom the mail store logs in.
constexpr const char* api_role = "vectis_api";

/// The address of a Workload that is Ready, or nothing.
std::optional<std::string> address_of(
    controller::Store& platform, const std::string& workload, const std::string& network
) {
    const std::optional<resources::Object> found = platform.get({"Workload", "", workload});
    if (!found || !resources::is_true_for(found->status, "Ready", found->metadata.generation))
        return std::nullopt;
    const boost::json::value* addresses = found->status.if_contains("addresses");
    if (addresses == nullptr || !addresses->is_object()) return std::nullopt;
    const boost::json::value* address = addresses->get_object().if_contains(network);
    if (address == nullptr || !address->is_string() || address->get_string().empty())
        return std::nullopt;
    return std::string(address->get_string());
}

DesiredDatabase desired_of(
    const resources::DatabaseSpec& spec, const controller::Manifests& manifests
) {
    DesiredDatabase desired{spec.database, migrations_of(manifests, spec.migrations), {}};
    for (const resources::DatabaseRole& role : spec.roles) desired.roles.push_back(role.name);
    return desired;
}

}  // namespace

DatabaseReconciler::DatabaseReconciler(
    Seams& seams, DatabaseAdmin& admin, OnReady on_ready, OnGone on_gone
)
    : seams_(seams), admin_(admin), on_ready_(std::move(on_ready)), on_gone_(std::move(on_gone)) {}

DatabaseReconciler::Access DatabaseReconciler::access_for(const resources::DatabaseSpec& spec) {
    Access access;
    const std::optional<std::string> address =
        address_of(seams_.platform, spec.workload, spec.network);
    if (!address) {
        access.missing = {
            "WaitingForWorkload",
            "Workload " + spec.workload + " is not Ready on network " + spec.network + "."
        };
        return access;
    }
    const std::optional<std::string> password = find_secret(seams_.secrets, spec.superuser_secret);
    if (!password) {
        access.missing = {"SecretNotFound", "There is no secret " + spec.superuser_secret + "."};
        return access;
    }
    access.target = {*address, static_cast<std::uint16_t>(spec.port), spec.database, *password};
    for (const resources::DatabaseRole& role : spec.roles) {
        const std::optional<std::string> value = find_secret(seams_.secrets, role.password_secret);
        if (!value)
            access.missing = {
                "SecretNotFound",
                "There is no secret " + role.password_secret + " for role " + role.name + "."
            };
        else
            access.role_passwords[role.name] = *value;
    }
    return access;
}

controller::ReconcileResult DatabaseReconciler::reconcile(
    const resources::ObjectKey& key, const controller::ReconcileContext& context
) {
    const std::optional<resources::Object> object = seams_.platform.get(key);
    if (!object || resources::is_being_deleted(*object)) {
        note_gone(key);
        return {};
    }
    const Access access = access_for(resources::view<resources::DatabaseSpec>(object->spec));
    if (!access.missing.reason.empty()) {
        report_progress(*object, access.missing);
        return {wait_interval};
    }
    try {
        return converge(*object, access, context);
    } catch (const controller::StoreError& error) {
        report_progress(*object, {"DatabaseUnreachable", error.what()});
        throw;
    }
}

controller::ReconcileResult DatabaseReconciler::converge(
    const resources::Object& object,
    const Access& access,
    const controller::ReconcileContext& context
) {
    const DesiredDatabase desired =
        desired_of(resources::view<resources::DatabaseSpec>(object.spec), seams_.manifests);
    const DatabaseState state = admin_.observe(access.target, access.role_passwords, context.stop);
    const DatabasePlan plan = database_plan(desired, state);
    if (!plan.stalled.reason.empty()) {
        report_stalled(object, plan.stalled, context.id);
        return {look_interval};
    }
    if (!plan.actions.empty()) {
        report_progress(object, {"Converging", to_text(plan.actions.front()) + '.'});
        for (const DatabaseAction& action : plan.actions) {
            announce(seams_.trace, resources::key_of(object), to_text(action), action.cause);
            perform(action, access, context.stop);
            seams_.events.record(
                controller::EventType::normal, object, "Converged", to_text(action), context.id
            );
        }
        // Ready is what was seen, not what was done.
        return {controller::Duration(0)};
    }
    note_ready(resources::key_of(object), access);
    report_ready(object, state);
    return {look_interval};
}

void DatabaseReconciler::note_ready(const resources::ObjectKey& key, const Access& access) {
    const auto api = access.role_passwords.find(api_role);
    if (api == access.role_passwords.end()) return;
    {
        const std::scoped_lock lock(mutex_);
        attached_ = key;
    }
    on_ready_(
        {access.target.address, access.target.port, access.target.database, api->first, api->second}
    );
}

void DatabaseReconciler::note_gone(const resources::ObjectKey& key) {
    {
        const std::scoped_lock lock(mutex_);
        if (attached_ != key) return;
        attached_.reset();
    }
    on_gone_();
}

void DatabaseReconciler::perform(
    const DatabaseAction& action, const Access& access, std::stop_token stop
) {
    switch (action.type) {
        case DatabaseAction::Type::create_database:
            return admin_.create_database(access.target, stop);
        case DatabaseAction::Type::apply_migration:
            return admin_.apply_migration(access.target, action.migration, stop);
        case DatabaseAction::Type::ensure_role:
            return admin_.ensure_role(
                access.target, action.subject, access.role_passwords.at(action.subject), stop
            );
        case DatabaseAction::Type::repair_grants:
            return admin_.repair_grants(access.target, stop);
    }
}

void DatabaseReconciler::report_progress(const resources::Object& object, const StatusNote& note) {
    boost::json::object status = object.status;
    set_reconciling(status, object, note, controller::format_time(seams_.clock.now()));
    write_status_if_changed(seams_.platform, object, status);
}

void DatabaseReconciler::report_stalled(
    const resources::Object& object, const StatusNote& note, const std::string& reconcile_id
) {
    boost::json::object status = object.status;
    set_stalled(status, object, note, controller::format_time(seams_.clock.now()));
    if (status != object.status)
        seams_.events.record(
            controller::EventType::warning, object, note.reason, note.message, reconcile_id
        );
    write_status_if_changed(seams_.platform, object, status);
}

void DatabaseReconciler::report_ready(const resources::Object& object, const DatabaseState& state) {
    boost::json::object status = object.status;
    status["database"] = resources::view<resources::DatabaseSpec>(object.spec).database;
    status["migrations"] = state.migrations.empty() ? 0 : state.migrations.rbegin()->first;
    status["roles"] = boost::json::array(state.roles.begin(), state.roles.end());
    set_ready(
        status,
        object,
        {"Converged", "Schema, roles, views and grants are as declared."},
        controller::format_time(seams_.clock.now())
    );
    write_status_if_changed(seams_.platform, object, status);
}

}  // namespace vectis::reconcilers
