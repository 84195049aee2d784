#pragma once

#include "reconcilers/mail/mail_parts.hpp"

#include <stop_token>
#include <string_view>

namespace vectis::reconcilers {

/// Ready when Postfix finds the mailbox and Dovecot has its password, generated if the spec names
/// no secret.
class MailboxReconciler final : public controller::Reconciler {
public:
    explicit MailboxReconciler(MailParts& parts) : parts_(parts) {}

    std::string_view kind() const override { return "Mailbox"; }
    controller::ReconcileResult reconcile(
        const resources::ObjectKey& key, const controller::ReconcileContext& context
    ) override;

private:
    struct Password {
        std::string text{};
        StatusNote missing{};
    };
    Password password_for(const resources::Object& mailbox);
    std::string generate_password(const resources::Object& mailbox);
    void store_hash(
        const resources::Object& mailbox, const std::string& password, std::stop_token stop
    );
    controller::ReconcileResult let_go(const resources::Object& mailbox);
    void forget(const resources::ObjectKey& key);
    MailParts& parts_;
};

}  // namespace vectis::reconcilers
