#include "reconcilers/mail/mail_parts.hpp"

#include "resources/condition.hpp"
#include "resources/domain/domain.hpp"

#include <algorithm>

namespace vectis::reconcilers {
namespace {

constexpr std::chrono::seconds look_again(5);

bool is_taken(controller::Store& mail, const std::string& address) {
    const std::size_t at = address.rfind('@');
    if (at == std::string::npos) return false;
    const std::string domain = address.substr(at + 1);
    const std::string local = address.substr(0, at);
    const std::optional<resources::Object> hosted = mail.get({"Domain", "", domain});
    if (!hosted || !resources::view<resources::DomainSpec>(hosted->spec).catch_all.empty())
        return true;
    return mail.get({"Mailbox", domain, local}).has_value() ||
           mail.get({"Alias", domain, local}).has_value();
}

}  // namespace

controller::ReconcileResult report(
    MailParts& parts,
    const resources::Object& object,
    const std::string& address,
    const MailVerdict& verdict
) {
    boost::json::object status = object.status;
    status["address"] = address;
    const std::string now = controller::format_time(parts.clock.now());
    if (verdict.is_ready)
        set_ready(status, object, verdict.note, now);
    else
        set_reconciling(status, object, verdict.note, now);
    write_status_if_changed(parts.mail, object, status);
    if (verdict.is_ready) return {};
    return {look_again};
}

std::optional<std::string> unknown_destination(
    controller::Store& mail, const std::vector<std::string>& addresses
) {
    for (const std::string& address : addresses) {
        if (!is_taken(mail, address)) return address;
    }
    return std::nullopt;
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

MailVerdict visibility(MailParts& parts, const resources::Object& object, bool is_active) {
    if (!is_active)
        return {true, {"Disabled", "It is switched off: the mail servers do not know it."}};
    if (parts.directory.shows(resources::key_of(object)))
        return {true, {"Shown", "The mail servers know it."}};
    return {false, {"NotShown", "The mail servers do not see it: is its domain active?"}};
}

}  // namespace vectis::reconcilers
