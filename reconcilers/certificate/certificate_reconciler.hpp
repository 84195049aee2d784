#pragma once

#include "controller/reconciler.hpp"
#include "reconcilers/core/pki.hpp"
#include "reconcilers/core/seams.hpp"
#include "resources/certificate/certificate.hpp"

#include <string_view>

namespace vectis::reconcilers {

/// Keeps a certificate in the Secret that it names, and renews it in time. `on_issued` is told so
/// that whoever serves it looks again.
class CertificateReconciler final : public controller::Reconciler {
public:
    using Issued = std::function<void()>;
    CertificateReconciler(Seams& seams, Pki& pki, Issued on_issued)
        : seams_(seams), pki_(pki), on_issued_(std::move(on_issued)) {}

    std::string_view kind() const override { return "Certificate"; }
    controller::ReconcileResult reconcile(
        const resources::ObjectKey& key, const controller::ReconcileContext& context
    ) override;

private:
    std::optional<CertificateFacts> facts_of(const controller::Secrets::Values& values);
    controller::Secrets::Values issue(
        const resources::CertificateSpec& spec, const KeyPair& authority
    );
    void report(
        const resources::Object& object,
        const resources::CertificateSpec& spec,
        const CertificateFacts& facts,
        const KeyPair& authority
    );

    Seams& seams_;
    Pki& pki_;
    Issued on_issued_;
};

}  // namespace vectis::reconcilers
