#include "reconcilers/mail/domain_reconciler.hpp"

#include "resources/domain/domain.hpp"

namespace vectis::reconcilers {

controller::ReconcileResult
DomainReconciler::reconcile(const resources::ObjectKey& key, const controller::ReconcileContext&) {
    if (!parts_.directory.is_open()) return {mail_wait_interval};
    const std::optional<resources::Object> domain = parts_.mail.get(key);
    if (!domain || resources::is_being_deleted(*domain)) return {};
    if (is_waiting(*domain)) return {mail_wait_interval};
    const auto spec = resources::view<resources::DomainSpec>(domain->spec);
    MailVerdict verdict = visibility(parts_, *domain, spec.active);
    // The domain's own catch-all would take every address in it, so its destination must be there
    // by name.
    const std::size_t at = spec.catch_all.rfind('@');
    if (spec.active && at != std::string::npos && spec.catch_all.substr(at + 1) == key.name &&
        !parts_.mail.get({"Mailbox", key.name, spec.catch_all.substr(0, at)}) &&
        !parts_.mail.get({"Alias", key.name, spec.catch_all.substr(0, at)})) {
        verdict = {
            false,
            {"DestinationUnknown",
             "The catch-all leads to " + spec.catch_all + ", which does not exist."}
        };
    }
    return report(parts_, *domain, key.name, verdict);
}

}  // namespace vectis::reconcilers
