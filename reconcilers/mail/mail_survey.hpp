#pragma once

#include "reconcilers/mail/mail_parts.hpp"

#include <functional>
#include <string_view>

namespace vectis::reconcilers {

/// Once a minute looks at all mail objects and at all that the mail servers see of them, in a few
/// queries, and wakes those that do not stand as their status says. First woken when the database
/// is Ready. In place of looking at each
/// object by itself, which for thousands of mailboxes would keep the database busy for nothing.
class MailSurvey final : public controller::Reconciler {
public:
    using Wake = std::function<void(const resources::ObjectKey&)>;
    MailSurvey(MailParts& parts, Wake wake) : parts_(parts), wake_(std::move(wake)) {}

    /// There is no object of it, and one key.
    std::string_view kind() const override { return "MailSurvey"; }
    controller::ReconcileResult reconcile(
        const resources::ObjectKey& key, const controller::ReconcileContext& context
    ) override;

private:
    MailParts& parts_;
    Wake wake_;
};

inline const resources::ObjectKey mail_survey_key{"MailSurvey", "", "all"};

}  // namespace vectis::reconcilers
