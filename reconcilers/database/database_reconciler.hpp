#pragma once

#include "controller/postgres/target.hpp"
#include "controller/reconciler.hpp"
#include "reconcilers/core/seams.hpp"
#include "reconcilers/database/database_plan.hpp"
#include "resources/database/database.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace vectis::reconcilers {

/// Keeps a database, its schema, roles, views and grants as declared, and looks again every 30 s.
class DatabaseReconciler final : public controller::Reconciler {
public:
    /// Told how the API logs in each time the database was found Ready; attaching again must cost
    /// nothing. May throw StoreError.
    using OnReady = std::function<void(const controller::Target&)>;
    /// Told when the database that was found Ready last is declared no more.
    using OnGone = std::function<void()>;
    DatabaseReconciler(Seams& seams, DatabaseAdmin& admin, OnReady on_ready, OnGone on_gone);

    std::string_view kind() const override { return "Database"; }
    controller::ReconcileResult reconcile(
        const resources::ObjectKey& key, const controller::ReconcileContext& context
    ) override;

private:
    /// What has to be there before anything can be asked; `missing` says what is not.
    struct Access {
        DatabaseTarget target{};
        std::map<std::string, std::string> role_passwords{};
        StatusNote missing{};
    };
    Access access_for(const resources::DatabaseSpec& spec);
    controller::ReconcileResult converge(
        const resources::Object& object,
        const Access& access,
        const controller::ReconcileContext& context
    );
    void note_ready(const resources::ObjectKey& key, const Access& access);
    void note_gone(const resources::ObjectKey& key);
    void perform(const DatabaseAction& action, const Access& access, std::stop_token stop);
    void report_progress(const resources::Object& object, const StatusNote& note);
    void report_stalled(
        const resources::Object& object, const StatusNote& note, const std::string& reconcile_id
    );
    void report_ready(const resources::Object& object, const DatabaseState& state);

    Seams& seams_;
    DatabaseAdmin& admin_;
    OnReady on_ready_;
    OnGone on_gone_;
    std::mutex mutex_;
    std::optional<resources::ObjectKey> attached_;  ///< whose readiness was told last
};

}  // namespace vectis::reconcilers
