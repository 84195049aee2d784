#include "controller/postgres/mail_attachment.hpp"

#include "controller/log.hpp"

#include <string>

namespace vectis::controller {

void MailAttachment::ready(const Target& target) {
    parts_.attach(target);
    for (const std::string& refused : parts_.mail.flush().refused)
        log::warn("a mail object was refused", {{"why", refused}});
    log_problems(parts_.source.settle());
}

void MailAttachment::gone() {
    // In this order: what is declared meanwhile waits for the next database.
    parts_.mail.close();
    parts_.detach();
}

}  // namespace vectis::controller
