#include "reconcilers/mail/mail_directory.hpp"

#include <utility>

namespace vectis::reconcilers {
namespace {

using controller::Rows;
using controller::Transaction;

/// The address by which the mail servers look for the object.
std::string address_of(const resources::ObjectKey& key) {
    return key.kind == "Domain" ? key.name : key.name + '@' + key.ns;
}

std::string lookup_for(const std::string& kind) {
    if (kind == "Domain") return "SELECT 1 FROM live_domains WHERE name = $1";
    // Whether its destinations exist is another question, which the reconciler answers by name.
    if (kind == "Alias")
        return "SELECT 1 FROM mail_routes WHERE kind = 'Alias' AND address = $1 LIMIT 1";
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

MailSight PostgresDirectory::look() {
    MailSight out;
    pool_.transact({}, [&](Transaction& transaction) {
        const Rows shown = transaction.run(
            "SELECT 'Domain', '', name FROM live_domains UNION ALL "
            "SELECT 'Mailbox', domain, local_part FROM postfix_mailboxes UNION ALL "
            "SELECT DISTINCT 'Alias', split_part(address, '@', 2), split_part(address, '@', 1) "
            "FROM mail_routes WHERE kind = 'Alias'"
        );
        for (const controller::Row& row : shown)
            out.shown.insert({row[0].value(), row[1].value(), row[2].value()});
        const Rows credentials = transaction.run("SELECT mailbox_uid, source FROM credentials");
        for (const controller::Row& row : credentials)
            out.credential_sources[row[0].value()] = row[1].value();
    });
    return out;
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

ModelDirectory::ModelDirectory(controller::Store& database) : database_(database) {
    database.subscribe([this](const controller::Change& change) { hear(change); });
    for (const resources::Object& mailbox : database.list({"Mailbox", ""}).items)
        mailboxes_.insert(mailbox.metadata.uid);
}

bool ModelDirectory::shows(const resources::ObjectKey& key) {
    if (!is_open_) throw controller::StoreError("the mail database is not ready yet");
    return is_active(database_.get(key)) &&
           (key.kind == "Domain" || is_active(database_.get({"Domain", "", key.ns})));
}

/// As the foreign key does: what belongs to no mailbox is gone.
void ModelDirectory::hear(const controller::Change& change) {
    if (change.object.kind != "Mailbox") return;
    const std::scoped_lock lock(mutex_);
    const std::string& uid = change.object.metadata.uid;
    if (change.type == controller::Change::Type::deleted) {
        mailboxes_.erase(uid);
        sources_.erase(uid);
    } else {
        mailboxes_.insert(uid);
    }
}

MailSight ModelDirectory::look() {
    MailSight out;
    for (const resources::Object& object : database_.list({}).items) {
        if (shows(resources::key_of(object))) out.shown.insert(resources::key_of(object));
    }
    const std::scoped_lock lock(mutex_);
    out.credential_sources = sources_;
    return out;
}

std::optional<std::string> ModelDirectory::credential_source(const std::string& mailbox_uid) {
    const std::scoped_lock lock(mutex_);
    const auto found = sources_.find(mailbox_uid);
    return found == sources_.end() ? std::nullopt : std::optional(found->second);
}

void ModelDirectory::restore(std::map<std::string, std::string> sources) {
    const std::scoped_lock lock(mutex_);
    sources_ = std::move(sources);
}

void ModelDirectory::put_credential(
    const std::string& mailbox_uid, const std::string&, const std::string& source
) {
    const std::scoped_lock lock(mutex_);
    if (mailboxes_.contains(mailbox_uid)) sources_[mailbox_uid] = source;
}

}  // namespace vectis::reconcilers
