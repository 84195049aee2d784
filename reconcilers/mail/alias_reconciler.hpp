#pragma once

#include "reconcilers/mail/mail_parts.hpp"

#include <string_view>

namespace vectis::reconcilers {

/// Ready when Postfix finds the alias and every destination in a hosted domain exists.
class AliasReconciler final : public controller::Reconciler {
public:
    explicit AliasReconciler(MailParts& parts) : parts_(parts) {}

    std::string_view kind() const override { return "Alias"; }
    controller::ReconcileResult reconcile(
        const resources::ObjectKey& key, const controller::ReconcileContext& context
    ) override;

private:
    MailParts& parts_;
};

}  // namespace vectis::reconcilers
