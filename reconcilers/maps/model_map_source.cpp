#include "reconcilers/maps/model_map_source.hpp"

#include "reconcilers/core/finalizer.hpp"
#include "reconcilers/core/sha256.hpp"
#include "resources/alias/alias.hpp"
#include "resources/domain/domain.hpp"
#include "resources/mailbox/mailbox.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace vectis::reconcilers {
namespace {

using resources::Object;
using Lines = std::map<std::string, std::string>;

/// What the views are made of.
struct Mail {
    std::set<std::string> domains{};  ///< active ones
    Lines aliases{};                  ///< address → destinations
    Lines catchall{};
    std::set<std::string> mailboxes{};  ///< addresses of active ones
    std::set<std::string> taken{};      ///< every address
    Lines users{};                      ///< address → what Dovecot has to know
};

std::string address_of(const Object& object) {
    return object.metadata.name + '@' + object.metadata.ns;
}

std::string join(std::vector<std::string> words) {
    std::sort(words.begin(), words.end());
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
    return out;
}

void add_domain(Mail& mail, const Object& object) {
    const auto spec = resources::view<resources::DomainSpec>(object.spec);
    if (!spec.active || resources::is_being_deleted(object)) return;
    mail.domains.insert(object.metadata.name);
    if (!spec.catch_all.empty()) mail.catchall['@' + object.metadata.name] = spec.catch_all;
}

void add_address(Mail& mail, const Object& object, const ModelMapSource::Credential& credential) {
    const std::string address = address_of(object);
    mail.taken.insert(address);
    if (resources::is_being_deleted(object) || !mail.domains.contains(object.metadata.ns)) return;
    if (object.kind == "Alias") {
        const auto spec = resources::view<resources::AliasSpec>(object.spec);
        if (spec.active) mail.aliases[address] = join(spec.destinations);
    } else if (resources::view<resources::MailboxSpec>(object.spec).active) {
        mail.mailboxes.insert(address);
        const std::optional<std::string> password = credential(object.metadata.uid);
        if (password && has_finalizer(object, maps_finalizer))
            mail.users[address] = *password + "::::" + object.metadata.uid;
    }
}

Mail mail_in(controller::Store& database, const ModelMapSource::Credential& credential) {
    Mail mail;
    const std::vector<Object> objects = database.list({}).items;
    for (const Object& object : objects) {
        if (object.kind == "Domain") add_domain(mail, object);
    }
    for (const Object& object : objects) {
        if (object.kind == "Mailbox" || object.kind == "Alias")
            add_address(mail, object, credential);
    }
    return mail;
}

Lines domains(const Mail& mail) {
    Lines out;
    for (const std::string& name : mail.domains) out[name] = "OK";
    return out;
}

Lines identity(const Mail& mail) {
    Lines out;
    for (const std::string& address : mail.taken) out[address] = address;
    return out;
}

Lines mailboxes(const Mail& mail) {
    Lines out;
    for (const std::string& address : mail.taken) {
        if (mail.aliases.contains(address)) continue;
        out[address] = mail.mailboxes.contains(address) ? "quota" : "550 5.1.1 User unknown";
    }
    return out;
}

Lines senders(const Mail& mail) {
    Lines out;
    for (const std::string& address : mail.mailboxes) out[address] = address;
    for (const auto& [address, destinations] : mail.aliases) {
        if (mail.mailboxes.contains(destinations)) out[address] = destinations;
    }
    return out;
}

Lines lines_of(const Mail& mail, const std::string& view) {
    if (view == "map_domains") return domains(mail);
    if (view == "map_aliases") return mail.aliases;
    if (view == "map_catchall") return mail.catchall;
    if (view == "map_identity") return identity(mail);
    if (view == "map_mailboxes") return mailboxes(mail);
    if (view == "map_senders") return senders(mail);
    if (view == "map_users") return mail.users;
    throw controller::StoreError("there is no view " + view);
}

MapContent content_of(const Lines& lines, const std::string& known_digest) {
    std::string text;
    for (const auto& [key, value] : lines) text += key + '\t' + value + '\n';
    MapContent out{.digest = sha256_hex(text), .entries = static_cast<std::int64_t>(lines.size())};
    if (out.digest != known_digest) out.text = std::move(text);
    return out;
}

}  // namespace

std::vector<MapContent> ModelMapSource::read(
    const std::vector<MapQuery>& queries, std::stop_token
) {
    const Mail mail = mail_in(database_, credential_);
    std::vector<MapContent> out;
    for (const MapQuery& query : queries)
        out.push_back(content_of(lines_of(mail, query.view), query.known_digest));
    return out;
}

}  // namespace vectis::reconcilers
