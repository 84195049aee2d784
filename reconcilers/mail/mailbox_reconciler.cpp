#include "reconcilers/mail/mailbox_reconciler.hpp"

#include "reconcilers/core/announce.hpp"
#include "reconcilers/core/finalizer.hpp"
#include "reconcilers/core/recreate.hpp"
#include "resources/access.hpp"
#include "resources/mailbox/mailbox.hpp"

#include <utility>

namespace vectis::reconcilers {
namespace {

constexpr std::size_t password_length = 24;

std::string hex_salt(controller::Random& random) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (int i = 0; i < 32; ++i) out += digits[random.below(digits.size())];
    return out;
}

constexpr const char* password_from = "passwordFrom";
constexpr const char* generated = "generated";

/// It was generated, and its hash is in use: another one would lock its owner out.
bool is_lost(const resources::Object& mailbox, MailDirectory& directory) {
    return resources::text_at(mailbox.status, password_from) == generated &&
           resources::text_at(mailbox.metadata.annotations, recreate_annotation) !=
               mailbox.metadata.uid &&
           directory.credential_source(mailbox.metadata.uid);
}

}  // namespace

MailboxReconciler::Password MailboxReconciler::password_for(const resources::Object& mailbox) {
    if (const std::optional<std::string> known = known_password(parts_.secrets, mailbox))
        return {*known, {}};
    const auto spec = resources::view<resources::MailboxSpec>(mailbox.spec);
    if (!spec.password_secret_ref.empty()) {
        const std::string name = mailbox.metadata.ns + '/' + spec.password_secret_ref;
        return {{}, {"SecretNotFound", "There is no secret " + name + " with key password."}};
    }
    if (is_lost(mailbox, parts_.directory)) {
        return {
            {},
            {"SecretMissing",
             "The generated password is gone from secrets.yaml; logins go on with it" +
                 recreate_remedy("Mailbox", mailbox.metadata.uid)}
        };
    }
    return {generate_password(mailbox), {}};
}

/// Bound to the uid: whoever gets the address after this mailbox must not get its password.
std::string MailboxReconciler::generate_password(const resources::Object& mailbox) {
    const std::string name = generated_name(resources::key_of(mailbox));
    announce(
        parts_.trace,
        resources::key_of(mailbox),
        "generate secret " + name,
        parts_.secrets.get(name) ? "the one that is there belongs to an earlier mailbox"
                                 : "it is not there"
    );
    const std::string password = parts_.random.text(password_length);
    parts_.secrets.put(name, {{"password", password}, {"uid", mailbox.metadata.uid}});
    return password;
}

/// Its address is free when no table leads there any more.
controller::ReconcileResult MailboxReconciler::let_go(const resources::Object& mailbox) {
    const resources::ObjectKey key = resources::key_of(mailbox);
    if (!has_finalizer(mailbox, maps_finalizer)) return {};
    if (!parts_.maps.has(key, "deleted " + mailbox.metadata.uid))
        return report(
            parts_,
            mailbox,
            {},
            {false, {"MapsPending", "The mail servers' lookup tables still have its address."}}
        );
    drop_finalizer(parts_.mail, mailbox, maps_finalizer);
    return {};
}

/// A mailbox that is gone from the database has no credential left; one that only could not be seen
/// has.
void MailboxReconciler::forget(const resources::ObjectKey& key) {
    const std::optional<controller::Secrets::Values> known =
        parts_.secrets.get(generated_name(key));
    if (!known || !known->contains("uid") || parts_.directory.credential_source(known->at("uid")))
        return;
    announce(parts_.trace, key, "remove secret " + generated_name(key), "its mailbox is deleted");
    parts_.secrets.remove(generated_name(key));
}

void MailboxReconciler::store_hash(
    const resources::Object& mailbox, const std::string& password, std::stop_token stop
) {
    const std::string source = credential_mark(parts_, mailbox, password);
    const std::optional<std::string> stored =
        parts_.directory.credential_source(mailbox.metadata.uid);
    if (stored == source) return;
    announce(
        parts_.trace,
        resources::key_of(mailbox),
        "store the hash of the password of " + mailbox.metadata.name + '@' + mailbox.metadata.ns,
        stored ? "the password has changed" : "there is none"
    );
    const std::string hash = parts_.hasher.hash(password, hex_salt(parts_.random), std::move(stop));
    parts_.directory.put_credential(mailbox.metadata.uid, hash, source);
    expect_in_maps(parts_, mailbox);
}

controller::ReconcileResult MailboxReconciler::reconcile(
    const resources::ObjectKey& key, const controller::ReconcileContext& context
) {
    if (!parts_.directory.is_open()) return {};  // the survey looks when it is
    std::optional<resources::Object> mailbox = parts_.mail.get(key);
    if (!mailbox) {
        parts_.maps.forget(key);
        forget(key);
        return {};
    }
    if (resources::is_being_deleted(*mailbox)) return let_go(*mailbox);
    if (is_waiting(*mailbox)) return {mail_wait_interval};
    if (parts_.maps.is_used()) mailbox = ensure_finalizer(parts_.mail, *mailbox, maps_finalizer);
    const std::string address = key.name + '@' + key.ns;
    const Password password = password_for(*mailbox);
    if (!password.missing.reason.empty())
        return report(parts_, *mailbox, {{"address", address}}, {false, password.missing});
    store_hash(*mailbox, password.text, context.stop);
    const auto spec = resources::view<resources::MailboxSpec>(mailbox->spec);
    const std::string source =
        spec.password_secret_ref.empty() ? generated : "secret " + spec.password_secret_ref;
    return report(
        parts_,
        *mailbox,
        {{"address", address}, {password_from, source}},
        mail_verdict(*mailbox, live_view(parts_))
    );
}

}  // namespace vectis::reconcilers
