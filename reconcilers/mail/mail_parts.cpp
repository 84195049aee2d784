#include "reconcilers/mail/mail_parts.hpp"

#include "reconcilers/core/keyed_hash.hpp"
#include "resources/condition.hpp"
#include "resources/mailbox/mailbox.hpp"

#include <algorithm>

namespace vectis::reconcilers {
namespace {

constexpr std::chrono::seconds look_again(5);

std::string change_of(const resources::Object& object) {
    return object.metadata.uid + '/' + std::to_string(object.metadata.generation);
}

MailVerdict with_maps(
    MailParts& parts, const resources::Object& object, const MailVerdict& verdict
) {
    const resources::ObjectKey key = resources::key_of(object);
    if (!verdict.is_ready) return verdict;
    const bool was_ready =
        resources::is_true_for(object.status, "Ready", object.metadata.generation);
    if (was_ready && !parts.maps.is_expected(key)) return verdict;
    if (parts.maps.has(key, change_of(object))) return verdict;
    return {
        false, {"MapsPending", "It is being written into the lookup tables of the mail servers."}
    };
}

}  // namespace

std::string generated_name(const resources::ObjectKey& key) {
    return key.ns + "/mailbox-" + key.name;
}

controller::ReconcileResult report(
    MailParts& parts,
    const resources::Object& object,
    const boost::json::object& found,
    const MailVerdict& found_verdict
) {
    const MailVerdict verdict = with_maps(parts, object, found_verdict);
    boost::json::object status = object.status;
    for (const auto& [name, value] : found) status[name] = value;
    const std::string now = controller::format_time(parts.clock.now());
    if (verdict.is_ready)
        set_ready(status, object, verdict.note, now);
    else
        set_reconciling(status, object, verdict.note, now);
    write_status_if_changed(parts.mail, object, status);
    if (verdict.is_ready) return {};
    return {look_again};
}

void expect_in_maps(MailParts& parts, const resources::Object& object) {
    parts.maps.expect(resources::key_of(object), change_of(object));
}

MailView live_view(MailParts& parts) {
    return {
        [&parts](const resources::ObjectKey& key) { return parts.mail.get(key); },
        [&parts](const resources::ObjectKey& key) { return parts.directory.shows(key); }
    };
}

std::optional<std::string> known_password(
    controller::Secrets& secrets, const resources::Object& mailbox
) {
    const auto spec = resources::view<resources::MailboxSpec>(mailbox.spec);
    const bool is_generated = spec.password_secret_ref.empty();
    const std::optional<controller::Secrets::Values> values = secrets.get(
        is_generated ? generated_name(resources::key_of(mailbox))
                     : mailbox.metadata.ns + '/' + spec.password_secret_ref
    );
    if (!values || !values->contains("password")) return std::nullopt;
    // Bound to the uid: whoever gets the address after this mailbox must not get its password.
    if (is_generated && (!values->contains("uid") || values->at("uid") != mailbox.metadata.uid))
        return std::nullopt;
    return values->at("password");
}

std::string credential_mark(
    const MailParts& parts, const resources::Object& mailbox, const std::string& password
) {
    return keyed_hash(parts.installation_key, mailbox.metadata.uid + '\n' + password);
}

bool is_waiting(const resources::Object& object) {
    const std::vector<resources::Condition> conditions = resources::conditions_of(object.status);
    return std::any_of(
        conditions.begin(),
        conditions.end(),
        [](const resources::Condition& condition) {
            return condition.type == "Ready" &&
                   (condition.reason == "Pending" || condition.reason == "Refused");
        }
    );
}

}  // namespace vectis::reconcilers
