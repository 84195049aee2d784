#include "reconcilers/mail/domain_reconciler.hpp"

namespace vectis::reconcilers {

controller::ReconcileResult
DomainReconciler::reconcile(const resources::ObjectKey& key, const controller::ReconcileContext&) {
    if (!parts_.directory.is_open()) return {};  // the survey looks when it is
    const std::optional<resources::Object> domain = parts_.mail.get(key);
    if (!domain || resources::is_being_deleted(*domain)) {
        parts_.maps.forget(key);
        return {};
    }
    if (is_waiting(*domain)) return {mail_wait_interval};
    return report(
        parts_, *domain, {{"address", key.name}}, mail_verdict(*domain, live_view(parts_))
    );
}

}  // namespace vectis::reconcilers
