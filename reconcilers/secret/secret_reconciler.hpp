#pragma once

#include "controller/reconciler.hpp"
#include "reconcilers/core/seams.hpp"

#include <string_view>

namespace vectis::reconcilers {

/// Generates a secret once. A value that is in secrets.yaml already, the user's own or an earlier
/// installation's, is never changed; it stays when the object goes, so that data that it protects
/// can be opened again.
class SecretReconciler final : public controller::Reconciler {
public:
    explicit SecretReconciler(Seams& seams) : seams_(seams) {}

    std::string_view kind() const override { return "Secret"; }
    controller::ReconcileResult reconcile(
        const resources::ObjectKey& key, const controller::ReconcileContext& context
    ) override;

private:
    Seams& seams_;
};

}  // namespace vectis::reconcilers
