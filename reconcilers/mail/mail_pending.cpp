#include "reconcilers/mail/mail_pending.hpp"

#include "resources/kind.hpp"

#include <vector>

namespace vectis::reconcilers {
namespace {

std::vector<resources::ObjectKey> pending_in(controller::Store& pending) {
    std::vector<resources::ObjectKey> keys;
    for (const resources::Kind& kind : resources::kinds()) {
        if (kind.home != resources::Home::mail) continue;
        for (const resources::Object& object : pending.list({std::string(kind.name), ""}).items)
            keys.push_back(resources::key_of(object));
    }
    return keys;
}

}  // namespace

controller::MailStore::Flushed write_pending(
    controller::MailStore& mail, controller::Store& pending, const Trace& trace
) {
    const std::vector<resources::ObjectKey> keys = pending_in(pending);
    controller::MailStore::Flushed flushed = mail.flush();
    for (const resources::ObjectKey& key : keys) {
        if (trace && !pending.get(key))
            trace({key, "write to the mail database", "the database is Ready"});
    }
    return flushed;
}

}  // namespace vectis::reconcilers
