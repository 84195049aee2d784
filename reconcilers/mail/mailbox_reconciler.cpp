#include "reconcilers/mail/mailbox_reconciler.hpp"

#include "reconcilers/core/keyed_hash.hpp"
#include "resources/mailbox/mailbox.hpp"

namespace vectis::reconcilers {
namespace {

constexpr std::size_t password_length = 24;

std::string generated_name(const resources::ObjectKey& key) {
    return key.ns + "/mailbox-" + key.name;
}

std::string hex_salt(controller::Random& random) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (int i = 0; i < 32; ++i) out += digits[random.below(digits.size())];
    return out;
}

}  // namespace

/// Bound to the uid: whoever gets the address after this mailbox must not get its password.
std::string MailboxReconciler::generated_password(const resources::Object& mailbox) {
    const std::string name = generated_name(resources::key_of(mailbox));
    const std::optional<controller::Secrets::Values> known = parts_.secrets.get(name);
    if (known && known->contains("password") && known->contains("uid") &&
        known->at("uid") == mailbox.metadata.uid)
        return known->at("password");
    const std::string password = parts_.random.text(password_length);
    parts_.secrets.put(name, {{"password", password}, {"uid", mailbox.metadata.uid}});
    return password;
}

MailboxReconciler::Password MailboxReconciler::password_for(const resources::Object& mailbox) {
    const auto spec = resources::view<resources::MailboxSpec>(mailbox.spec);
    if (spec.password_secret_ref.empty()) return {generated_password(mailbox), {}};
    const std::string name = mailbox.metadata.ns + '/' + spec.password_secret_ref;
    const std::optional<controller::Secrets::Values> values = parts_.secrets.get(name);
    if (!values || !values->contains("password"))
        return {{}, {"SecretNotFound", "There is no secret " + name + " with key password."}};
    return {values->at("password"), {}};
}

/// A mailbox that is gone from the database has no credential left; one that only could not be seen
/// has.
void MailboxReconciler::forget(const resources::ObjectKey& key) {
    const std::optional<controller::Secrets::Values> known =
        parts_.secrets.get(generated_name(key));
    if (!known || !known->contains("uid") || parts_.directory.credential_source(known->at("uid")))
        return;
    parts_.secrets.remove(generated_name(key));
}

controller::ReconcileResult MailboxReconciler::reconcile(
    const resources::ObjectKey& key, const controller::ReconcileContext& context
) {
    if (!parts_.directory.is_open()) return {mail_wait_interval};
    const std::optional<resources::Object> mailbox = parts_.mail.get(key);
    if (!mailbox) forget(key);
    if (!mailbox || resources::is_being_deleted(*mailbox)) return {};
    if (is_waiting(*mailbox)) return {mail_wait_interval};
    const std::string address = key.name + '@' + key.ns;
    const Password password = password_for(*mailbox);
    if (!password.missing.reason.empty())
        return report(parts_, *mailbox, address, {false, password.missing});
    const std::string source =
        keyed_hash(parts_.installation_key, mailbox->metadata.uid + '\n' + password.text);
    if (parts_.directory.credential_source(mailbox->metadata.uid) != source) {
        const std::string hash =
            parts_.hasher.hash(password.text, hex_salt(parts_.random), context.stop);
        parts_.directory.put_credential(mailbox->metadata.uid, hash, source);
    }
    return report(
        parts_,
        *mailbox,
        address,
        visibility(parts_, *mailbox, resources::view<resources::MailboxSpec>(mailbox->spec).active)
    );
}

}  // namespace vectis::reconcilers
