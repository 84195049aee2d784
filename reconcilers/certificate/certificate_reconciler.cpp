#include "reconcilers/certificate/certificate_reconciler.hpp"

#include "reconcilers/certificate/certificate_plan.hpp"
#include "reconcilers/core/announce.hpp"
#include "reconcilers/core/authority.hpp"
#include "reconcilers/core/status.hpp"
#include "resources/access.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace vectis::reconcilers {
namespace {

using controller::Secrets;
using std::chrono::hours;
using std::chrono::seconds;

std::string value_of(const Secrets::Values& values, const char* key) {
    const auto place = values.find(key);
    return place == values.end() ? std::string{} : place->second;
}

}  // namespace

std::optional<CertificateFacts> CertificateReconciler::facts_of(const Secrets::Values& values) {
    for (const char* key : {"tls.key", "tls.crt", "ca.crt", "chain.pem"}) {
        if (!values.contains(key))
            return std::nullopt;  // a part that is missing is made anew with the others
    }
    try {
        return pki_.read(values.at("tls.crt"));
    } catch (const std::runtime_error&) {
        return std::nullopt;  // what cannot be read is replaced
    }
}

Secrets::Values CertificateReconciler::issue(
    const resources::CertificateSpec& spec, const KeyPair& authority
) {
    const KeyPair pair = pki_.issue(
        authority, {spec.dns_names, static_cast<int>(spec.validity_days), seams_.clock.now()}
    );
    return {
        {"tls.key", pair.key},
        {"tls.crt", pair.certificate},
        {"ca.crt", authority.certificate},
        {"chain.pem", pair.key + pair.certificate + authority.certificate}
    };
}

controller::ReconcileResult CertificateReconciler::reconcile(
    const resources::ObjectKey& key, const controller::ReconcileContext& context
) {
    const std::optional<resources::Object> object = seams_.platform.get(key);
    if (!object || resources::is_being_deleted(*object)) return {};
    const resources::CertificateSpec spec =
        resources::view<resources::CertificateSpec>(object->spec);
    const std::optional<KeyPair> authority = load_authority(seams_.secrets, spec.issuer);
    if (!authority) {
        boost::json::object status = object->status;
        set_reconciling(
            status,
            *object,
            {"WaitingForDependency", "issuer " + spec.issuer + " is not ready yet"},
            controller::format_time(seams_.clock.now())
        );
        write_status_if_changed(seams_.platform, *object, status);
        return {.again_after = seconds(1)};
    }
    const std::string name = std::string(controller::platform_namespace) + '/' + spec.secret_name;
    Secrets::Values values = seams_.secrets.get(name).value_or(Secrets::Values{});
    const bool had_it = resources::text_at(object->status, "secretName") == spec.secret_name;
    if (const std::string conflict = owner_conflict(values, key.name, had_it); !conflict.empty()) {
        boost::json::object status = object->status;
        set_stalled(
            status,
            *object,
            {"NameConflict", "secretName " + spec.secret_name + ": " + conflict + "; choose another"
            },
            controller::format_time(seams_.clock.now())
        );
        write_status_if_changed(seams_.platform, *object, status);
        return {.again_after = seconds(60)};
    }
    std::optional<CertificateFacts> facts = facts_of(values);
    const bool fits = facts && pki_.is_issued_by(
                                   {value_of(values, "tls.key"), value_of(values, "tls.crt")},
                                   authority->certificate
                               );
    CertificatePlan plan = plan_certificate(spec, facts, fits, seams_.clock.now());
    if (plan.must_issue) {
        announce(seams_.trace, key, "issue certificate " + key.name, plan.cause);
        values = issue(spec, *authority);
        values[certificate_owner] = key.name;
        seams_.secrets.put(name, values);
        facts = facts_of(values);
        if (!facts) throw std::runtime_error("the certificate that was just issued cannot be read");
        seams_.events.record(
            controller::EventType::normal,
            *object,
            "Issued",
            "issued a certificate: " + plan.cause,
            context.id
        );
        plan.renew_at = facts->not_after - std::chrono::days(spec.renew_before_days);
    }
    report(*object, spec, *facts, *authority);
    if (plan.must_issue) on_issued_();
    return {
        .again_after = std::clamp<controller::Duration>(
            plan.renew_at - seams_.clock.now(), seconds(60), hours(12)
        )
    };
}

void CertificateReconciler::report(
    const resources::Object& object,
    const resources::CertificateSpec& spec,
    const CertificateFacts& facts,
    const KeyPair& authority
) {
    boost::json::object status = object.status;
    status["serial"] = facts.serial;
    status["fingerprint"] = facts.fingerprint;
    status["notBefore"] = controller::format_time(facts.not_before);
    status["notAfter"] = controller::format_time(facts.not_after);
    status["dnsNames"] = boost::json::array(facts.dns_names.begin(), facts.dns_names.end());
    status["issuer"] = spec.issuer;
    status["secretName"] = spec.secret_name;
    status["caCertificate"] = authority.certificate;
    set_ready(
        status,
        object,
        {"Issued", "valid until " + controller::format_time(facts.not_after)},
        controller::format_time(seams_.clock.now())
    );
    write_status_if_changed(seams_.platform, object, status);
}

}  // namespace vectis::reconcilers
