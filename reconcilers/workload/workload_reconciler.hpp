#pragma once

#include "controller/reconciler.hpp"
#include "reconcilers/core/images.hpp"
#include "reconcilers/core/probe_board.hpp"
#include "reconcilers/core/seams.hpp"
#include "reconcilers/core/status.hpp"
#include "reconcilers/core/world_cache.hpp"
#include "reconcilers/workload/workload_desired.hpp"
#include "reconcilers/workload/workload_plan.hpp"

#include <string_view>

namespace vectis::reconcilers {

/// Keeps one container for each Workload as it is declared. Observe → `plan_workload` → executor →
/// status.
class WorkloadReconciler final : public controller::Reconciler {
public:
    WorkloadReconciler(Seams& seams, WorldCache& world, Images& images, ProbeBoard& probes);

    std::string_view kind() const override { return "Workload"; }
    controller::ReconcileResult reconcile(
        const resources::ObjectKey& key, const controller::ReconcileContext& context
    ) override;

private:
    struct Pass;
    enum class Outlook { open, stalled };
    controller::ReconcileResult converge(Pass& pass);
    void resolve(Pass& pass, const resources::Object& object, std::stop_token stop);
    ObservedWorkload look(const Pass& pass, const World& world);
    void fall_back(Pass& pass, const ObservedWorkload& observed);
    void keep_live(Pass& pass, const ObservedWorkload& observed);
    WorkloadPlan plan(Pass& pass, ObservedWorkload observed);
    bool execute(Pass& pass, const WorkloadPlan& plan);
    void report(Pass& pass, const WorkloadPlan& plan);
    static std::string serving_start(const Pass& pass, const WorkloadPlan& next);
    void report_failure(Pass& pass, const StatusNote& note, Outlook outlook);
    void watch(const Pass& pass);
    void save(Pass& pass);
    void finish_deletion(Pass& pass);

    Seams& seams_;
    WorldCache& world_;
    Images& images_;
    ProbeBoard& probes_;
};

}  // namespace vectis::reconcilers
