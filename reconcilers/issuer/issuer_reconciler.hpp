#pragma once

#include "controller/reconciler.hpp"
#include "reconcilers/core/pki.hpp"
#include "reconcilers/core/seams.hpp"

#include <string>
#include <string_view>

namespace vectis::reconcilers {

/// Makes a local certificate authority once and keeps it in secrets.yaml.
class IssuerReconciler final : public controller::Reconciler {
public:
    IssuerReconciler(Seams& seams, Pki& pki) : seams_(seams), pki_(pki) {}

    std::string_view kind() const override { return "Issuer"; }
    controller::ReconcileResult reconcile(
        const resources::ObjectKey& key, const controller::ReconcileContext& context
    ) override;

private:
    Seams& seams_;
    Pki& pki_;
};

}  // namespace vectis::reconcilers
