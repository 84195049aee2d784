#pragma once

#include "controller/reconciler.hpp"
#include "reconcilers/core/seams.hpp"
#include "reconcilers/core/world_cache.hpp"
#include "reconcilers/network/network_plan.hpp"

#include <string_view>

namespace vectis::reconcilers {

class NetworkReconciler final : public controller::Reconciler {
public:
    NetworkReconciler(Seams& seams, WorldCache& world);

    std::string_view kind() const override { return "Network"; }
    controller::ReconcileResult reconcile(
        const resources::ObjectKey& key, const controller::ReconcileContext& context
    ) override;

private:
    std::optional<docker::Network> look(
        const DesiredNetwork& desired, const controller::ReconcileContext& context
    );
    std::optional<docker::Refusal> create(
        const resources::Object& object,
        const DesiredNetwork& desired,
        const std::string& name,
        const controller::ReconcileContext& context
    );
    std::optional<docker::Refusal> remove(
        const std::string& name, const controller::ReconcileContext& context
    );
    bool has_trial(const DesiredNetwork& desired, const controller::ReconcileContext& context);
    void perform(
        const resources::Object& object,
        const DesiredNetwork& desired,
        const NetworkAction& action,
        const controller::ReconcileContext& context
    );

    Seams& seams_;
    WorldCache& world_;
};

}  // namespace vectis::reconcilers
