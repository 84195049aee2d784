#include "reconcilers/mail/mail_directory.hpp"

#include <algorithm>

namespace vectis::reconcilers {
namespace {

using controller::Rows;
using controller::Transaction;

/// The address by which the mail servers look for the object.
std::string address_of(const resources::ObjectKey& key) {
    return key.kind == "Domain" ? key.name : key.name + '@' + key.ns;
}

std::string lookup_for(const std::string& kind) {
    if (kind == "Domain") return "SELECT 1 FROM postfix_domains WHERE name = $1";
    if (kind == "Alias") return "SELECT 1 FROM postfix_aliases WHERE address = $1 LIMIT 1";
    return "SELECT 1 FROM postfix_mailboxes WHERE address = $1";
}

bool is_active(const std::optional<resources::Object>& object) {
    if (!object || resources::is_being_deleted(*object)) return false;
    const boost::json::value* active = object->spec.if_contains("active");
    return active == nullptr || !active->is_bool() || active->get_bool();
}

}  // namespace

bool PostgresDirectory::shows(const resources::ObjectKey& key) {
    bool found = false;
    pool_.transact({}, [&](Transaction& transaction) {
        found = !transaction.run(lookup_for(key.kind), {address_of(key)}).empty();
    });
    return found;
}

std::optional<std::string> PostgresDirectory::credential_source(const std::string& mailbox_uid) {
    Rows rows;
    pool_.transact({}, [&](Transaction& transaction) {
        rows = transaction.run(
            "SELECT source FROM credentials WHERE mailbox_uid = $1::uuid", {mailbox_uid}
        );
    });
    return rows.empty() ? std::nullopt : rows[0][0];
}

void PostgresDirectory::put_credential(
    const std::string& mailbox_uid, const std::string& hash, const std::string& source
) {
    pool_.transact({}, [&](Transaction& transaction) {
        // A mailbox that was deleted meanwhile gets nothing.
        transaction.run(
            "INSERT INTO credentials (mailbox_uid, password_hash, source) SELECT uid, $2, $3 FROM "
            "resources WHERE uid = $1::uuid"
            " ON CONFLICT (mailbox_uid) DO UPDATE SET password_hash = excluded.password_hash, "
            "source = excluded.source, updated_at = now()",
            {mailbox_uid, hash, source}
        );
    });
}

bool ModelDirectory::shows(const resources::ObjectKey& key) {
    if (!is_open_) throw controller::StoreError("the mail database is not ready yet");
    return is_active(database_.get(key)) &&
           (key.kind == "Domain" || is_active(database_.get({"Domain", "", key.ns})));
}

std::optional<std::string> ModelDirectory::credential_source(const std::string& mailbox_uid) {
    // As the foreign key does: what belongs to no mailbox is gone.
    const std::vector<resources::Object> mailboxes = database_.list({"Mailbox", ""}).items;
    const bool is_there =
        std::any_of(mailboxes.begin(), mailboxes.end(), [&](const resources::Object& mailbox) {
            return mailbox.metadata.uid == mailbox_uid;
        });
    if (!is_there) return std::nullopt;
    const std::scoped_lock lock(mutex_);
    const auto found = sources_.find(mailbox_uid);
    return found == sources_.end() ? std::nullopt : std::optional(found->second);
}

void ModelDirectory::put_credential(
    const std::string& mailbox_uid, const std::string&, const std::string& source
) {
    const std::scoped_lock lock(mutex_);
    sources_[mailbox_uid] = source;
}

}  // namespace vectis::reconcilers
