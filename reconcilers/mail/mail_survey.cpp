#include "reconcilers/mail/mail_survey.hpp"

#include "reconcilers/core/finalizer.hpp"
#include "resources/condition.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace vectis::reconcilers {
namespace {

using resources::Object;
using resources::ObjectKey;

constexpr std::chrono::seconds survey_interval(60);

const Object* find_in(const std::vector<Object>& sorted, const ObjectKey& key) {
    const auto place = std::lower_bound(
        sorted.begin(),
        sorted.end(),
        key,
        [](const Object& object, const ObjectKey& wanted) {
            return resources::key_of(object) < wanted;
        }
    );
    return place != sorted.end() && resources::key_of(*place) == key ? &*place : nullptr;
}

bool has_its_password(MailParts& parts, const Object& mailbox, const MailSight& sight) {
    const std::optional<std::string> password = known_password(parts.secrets, mailbox);
    const auto source = sight.credential_sources.find(mailbox.metadata.uid);
    return password && source != sight.credential_sources.end() &&
           source->second == credential_mark(parts, mailbox, *password);
}

/// Mailboxes of an installation that had no lookup tables are not in them otherwise.
bool may_be_in_maps(MailParts& parts, const Object& mailbox) {
    return !parts.maps.is_used() || has_finalizer(mailbox, maps_finalizer);
}

}  // namespace

controller::ReconcileResult
MailSurvey::reconcile(const ObjectKey&, const controller::ReconcileContext&) {
    if (!parts_.directory.is_open()) return {};
    const MailSight sight = parts_.directory.look();
    const std::vector<Object> objects = parts_.mail.list({}).items;
    const MailView view{
        [&](const ObjectKey& key) {
            const Object* found = find_in(objects, key);
            return found == nullptr ? std::nullopt : std::optional(*found);
        },
        [&](const ObjectKey& key) { return sight.shown.contains(key); }
    };
    for (const Object& object : objects) {
        if (resources::is_being_deleted(object) || is_waiting(object)) continue;
        const bool is_settled =
            resources::is_true_for(object.status, "Ready", object.metadata.generation) &&
            mail_verdict(object, view).is_ready &&
            (object.kind != "Mailbox" ||
             (has_its_password(parts_, object, sight) && may_be_in_maps(parts_, object)));
        if (!is_settled) wake_(resources::key_of(object));
    }
    return {survey_interval};
}

}  // namespace vectis::reconcilers
