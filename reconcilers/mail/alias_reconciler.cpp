#include "reconcilers/mail/alias_reconciler.hpp"

namespace vectis::reconcilers {

controller::ReconcileResult
AliasReconciler::reconcile(const resources::ObjectKey& key, const controller::ReconcileContext&) {
    if (!parts_.directory.is_open()) return {};  // the survey looks when it is
    const std::optional<resources::Object> alias = parts_.mail.get(key);
    if (!alias || resources::is_being_deleted(*alias)) {
        parts_.maps.forget(key);
        return {};
    }
    if (is_waiting(*alias)) return {mail_wait_interval};
    return report(
        parts_,
        *alias,
        {{"address", key.name + '@' + key.ns}},
        mail_verdict(*alias, live_view(parts_))
    );
}

}  // namespace vectis::reconcilers
