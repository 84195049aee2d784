#pragma once

#include "controller/clock.hpp"
#include "controller/random.hpp"
#include "controller/reconciler.hpp"
#include "controller/secrets.hpp"
#include "controller/store.hpp"
#include "reconcilers/core/map_board.hpp"
#include "reconcilers/core/seams.hpp"
#include "reconcilers/core/status.hpp"
#include "reconcilers/mail/mail_directory.hpp"
#include "reconcilers/mail/mail_verdict.hpp"
#include "reconcilers/mail/password_hasher.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace vectis::reconcilers {

/// What the reconcilers of mail kinds need; all borrowed.
struct MailParts {
    controller::Clock& clock;
    controller::Random& random;
    controller::Store& mail;
    controller::Secrets& secrets;
    MailDirectory& directory;
    PasswordHasher& hasher;
    MapBoard& maps;
    std::string installation_key{};  ///< marks passwords without revealing them
    Trace trace{};
};

/// Writes status {observedGeneration, conditions} and the `found` fields if they differ, and says
/// when to look again. Ready is what the lookup tables of the mail servers have too.
controller::ReconcileResult report(
    MailParts& parts,
    const resources::Object& object,
    const boost::json::object& found,
    const MailVerdict& verdict
);

/// What the lookup tables must have before the object counts as it is now: spec or password
/// changed.
void expect_in_maps(MailParts& parts, const resources::Object& object);

/// What there is now, each thing asked for by itself.
MailView live_view(MailParts& parts);

/// Of the secret with the generated password.
std::string generated_name(const resources::ObjectKey& key);
/// The generated password of the mailbox, or that of the secret that it names, if there is one.
std::optional<std::string> known_password(
    controller::Secrets& secrets, const resources::Object& mailbox
);
/// Stands beside the hash of the password, and says whether it is that password's.
std::string credential_mark(
    const MailParts& parts, const resources::Object& mailbox, const std::string& password
);

/// Whether the object is not in the database yet: it says Pending or Refused, and nothing can be
/// done for it.
bool is_waiting(const resources::Object& object);

inline constexpr std::chrono::seconds mail_wait_interval(1);

}  // namespace vectis::reconcilers
