#include "reconcilers/mail/mail_verdict.hpp"

#include "resources/alias/alias.hpp"
#include "resources/domain/domain.hpp"
#include "resources/mailbox/mailbox.hpp"

#include <string>
#include <vector>

namespace vectis::reconcilers {
namespace {

using resources::Object;

bool is_taken(const MailView& view, const std::string& address) {
    const std::size_t at = address.rfind('@');
    if (at == std::string::npos) return false;
    const std::string domain = address.substr(at + 1);
    const std::string local = address.substr(0, at);
    const std::optional<Object> hosted = view.find({"Domain", "", domain});
    if (!hosted || !resources::view<resources::DomainSpec>(hosted->spec).catch_all.empty())
        return true;
    return view.find({"Mailbox", domain, local}) || view.find({"Alias", domain, local});
}

/// The first of the addresses that lies in a hosted domain where nothing takes it, or nothing.
std::optional<std::string> unknown_destination(
    const MailView& view, const std::vector<std::string>& addresses
) {
    for (const std::string& address : addresses) {
        if (!is_taken(view, address)) return address;
    }
    return std::nullopt;
}

/// Whether the mail servers see the object, put into words.
MailVerdict visibility(const Object& object, const MailView& view, bool is_active) {
    if (!is_active)
        return {true, {"Disabled", "It is switched off: the mail servers do not know it."}};
    if (view.shows(resources::key_of(object)))
        return {true, {"Shown", "The mail servers know it."}};
    return {false, {"NotShown", "The mail servers do not see it: is its domain active?"}};
}

MailVerdict domain_verdict(const Object& object, const MailView& view) {
    const auto spec = resources::view<resources::DomainSpec>(object.spec);
    const std::string& name = object.metadata.name;
    // The domain's own catch-all would take every address in it, so its destination must be there
    // by name.
    const std::size_t at = spec.catch_all.rfind('@');
    if (spec.active && at != std::string::npos && spec.catch_all.substr(at + 1) == name &&
        !view.find({"Mailbox", name, spec.catch_all.substr(0, at)}) &&
        !view.find({"Alias", name, spec.catch_all.substr(0, at)})) {
        return {
            false,
            {"DestinationUnknown",
             "The catch-all leads to " + spec.catch_all + ", which does not exist."}
        };
    }
    return visibility(object, view, spec.active);
}

MailVerdict alias_verdict(const Object& object, const MailView& view) {
    const auto spec = resources::view<resources::AliasSpec>(object.spec);
    if (const std::optional<std::string> unknown = unknown_destination(view, spec.destinations);
        unknown && spec.active) {
        return {false, {"DestinationUnknown", "Nothing takes mail for " + *unknown + '.'}};
    }
    return visibility(object, view, spec.active);
}

}  // namespace

MailVerdict mail_verdict(const Object& object, const MailView& view) {
    if (object.kind == "Domain") return domain_verdict(object, view);
    if (object.kind == "Alias") return alias_verdict(object, view);
    return visibility(object, view, resources::view<resources::MailboxSpec>(object.spec).active);
}

}  // namespace vectis::reconcilers
