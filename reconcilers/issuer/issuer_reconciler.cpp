#include "reconcilers/issuer/issuer_reconciler.hpp"

#include "reconcilers/core/announce.hpp"
#include "reconcilers/core/authority.hpp"
#include "reconcilers/core/recreate.hpp"
#include "reconcilers/core/status.hpp"
#include "resources/access.hpp"
#include "resources/issuer/issuer.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace vectis::reconcilers {

using resources::text_at;

controller::ReconcileResult IssuerReconciler::reconcile(
    const resources::ObjectKey& key, const controller::ReconcileContext& context
) {
    const std::optional<resources::Object> object = seams_.platform.get(key);
    if (!object || resources::is_being_deleted(*object)) return {};
    const resources::IssuerSpec spec = resources::view<resources::IssuerSpec>(object->spec);
    std::optional<KeyPair> authority = load_authority(seams_.secrets, key.name);
    if (const std::string mark = text_at(object->status, "fingerprint");
        !authority && !mark.empty() &&
        text_at(object->metadata.annotations, recreate_annotation) != mark) {
        // Every client that was told to trust it trusts no other.
        boost::json::object status = object->status;
        set_stalled(
            status,
            *object,
            {"SecretMissing",
             "the key of certificate authority " + key.name + " is gone from secrets.yaml" +
                 recreate_remedy("Issuer", mark)},
            controller::format_time(seams_.clock.now())
        );
        write_status_if_changed(seams_.platform, *object, status);
        return {.again_after = std::chrono::seconds(5)};
    }
    if (!authority) {
        announce(seams_.trace, key, "make certificate authority " + key.name, "it is not there");
        authority = pki_.make_authority(
            {spec.common_name, static_cast<int>(spec.validity_days), seams_.clock.now()}
        );
        seams_.secrets.put(
            authority_secret(key.name),
            {{"tls.key", authority->key}, {"tls.crt", authority->certificate}}
        );
        seams_.events.record(
            controller::EventType::normal,
            *object,
            "Created",
            "made certificate authority " + key.name,
            context.id
        );
    }
    const CertificateFacts facts = pki_.read(authority->certificate);
    boost::json::object status = object->status;
    status["caCertificate"] = authority->certificate;
    status["notAfter"] = controller::format_time(facts.not_after);
    status["fingerprint"] = facts.fingerprint;
    const std::string now = controller::format_time(seams_.clock.now());
    if (facts.not_after <= seams_.clock.now()) {
        set_stalled(
            status,
            *object,
            {"Expired",
             "the authority's certificate expired at " + controller::format_time(facts.not_after)},
            now
        );
    } else {
        set_ready(status, *object, {"Available", "the authority can sign"}, now);
    }
    write_status_if_changed(seams_.platform, *object, status);
    return {};
}

}  // namespace vectis::reconcilers
