#include "reconcilers/mail/alias_reconciler.hpp"

#include "resources/alias/alias.hpp"

namespace vectis::reconcilers {

controller::ReconcileResult
AliasReconciler::reconcile(const resources::ObjectKey& key, const controller::ReconcileContext&) {
    if (!parts_.directory.is_open()) return {mail_wait_interval};
    const std::optional<resources::Object> alias = parts_.mail.get(key);
    if (!alias || resources::is_being_deleted(*alias)) return {};
    if (is_waiting(*alias)) return {mail_wait_interval};
    const auto spec = resources::view<resources::AliasSpec>(alias->spec);
    MailVerdict verdict = visibility(parts_, *alias, spec.active);
    if (const std::optional<std::string> unknown =
            unknown_destination(parts_.mail, spec.destinations);
        unknown && spec.active) {
        verdict = {false, {"DestinationUnknown", "Nothing takes mail for " + *unknown + '.'}};
    }
    return report(parts_, *alias, key.name + '@' + key.ns, verdict);
}

}  // namespace vectis::reconcilers
