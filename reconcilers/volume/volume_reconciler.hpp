#pragma once

#include "controller/reconciler.hpp"
#include "reconcilers/core/seams.hpp"
#include "reconcilers/core/world_cache.hpp"
#include "reconcilers/volume/volume_plan.hpp"

#include <string_view>

namespace vectis::reconcilers {

class VolumeReconciler final : public controller::Reconciler {
public:
    VolumeReconciler(Seams& seams, WorldCache& world);

    std::string_view kind() const override { return "Volume"; }
    controller::ReconcileResult reconcile(
        const resources::ObjectKey& key, const controller::ReconcileContext& context
    ) override;

private:
    std::optional<docker::Volume> inspect(
        const DesiredVolume& desired, const controller::ReconcileContext& context
    );
    std::optional<docker::Volume> look(
        const DesiredVolume& desired, const controller::ReconcileContext& context
    );
    void perform(
        const resources::Object& object,
        const DesiredVolume& desired,
        const VolumePlan& plan,
        const controller::ReconcileContext& context
    );
    void report(
        const resources::Object& object,
        const VolumePlan& plan,
        const std::optional<docker::Volume>& seen,
        boost::json::object status
    );

    Seams& seams_;
    WorldCache& world_;
};

}  // namespace vectis::reconcilers
