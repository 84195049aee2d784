#pragma once

#include "controller/reconciler.hpp"
#include "reconcilers/core/seams.hpp"
#include "reconcilers/platform/platform_plan.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace vectis::reconcilers {

/// Lets the children of a Platform change in waves. Acts on objects only; what they stand for is
/// their reconcilers' work.
class PlatformReconciler final : public controller::Reconciler {
public:
    explicit PlatformReconciler(Seams& seams);

    std::string_view kind() const override { return "Platform"; }
    controller::ReconcileResult reconcile(
        const resources::ObjectKey& key, const controller::ReconcileContext& context
    ) override;

private:
    controller::ReconcileResult converge(
        resources::Object& platform,
        const Children& children,
        const controller::ReconcileContext& context
    );
    std::shared_ptr<const Expansion> expansion_of(const resources::Object& platform);
    Children children_of(const resources::Object& platform);
    std::string perform(
        resources::Object& platform,
        const ChildAction& action,
        const Expansion& wanted,
        RolloutProgress& progress
    );
    std::string write_child(const ChildAction& action);
    void save(resources::Object& platform, const RolloutProgress& progress);
    void report(
        const resources::Object& platform, const PlatformPlan& plan, const Children& children
    );

    struct Remembered {
        boost::json::object spec{};
        std::shared_ptr<const Expansion> expansion{};
    };

    Seams& seams_;
    std::mutex mutex_;
    std::map<std::string, Remembered> remembered_;  ///< by the Platform's uid
};

}  // namespace vectis::reconcilers
