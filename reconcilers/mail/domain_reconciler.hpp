#pragma once

#include "reconcilers/mail/mail_parts.hpp"

#include <string_view>

namespace vectis::reconcilers {

/// Ready when Postfix finds the domain and its catch-all leads somewhere.
class DomainReconciler final : public controller::Reconciler {
public:
    explicit DomainReconciler(MailParts& parts) : parts_(parts) {}

    std::string_view kind() const override { return "Domain"; }
    controller::ReconcileResult reconcile(
        const resources::ObjectKey& key, const controller::ReconcileContext& context
    ) override;

private:
    MailParts& parts_;
};

}  // namespace vectis::reconcilers
