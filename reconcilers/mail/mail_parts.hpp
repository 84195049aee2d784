#pragma once

#include "controller/clock.hpp"
#include "controller/random.hpp"
#include "controller/reconciler.hpp"
#include "controller/secrets.hpp"
#include "controller/store.hpp"
#include "reconcilers/core/status.hpp"
#include "reconcilers/mail/mail_directory.hpp"
#include "reconcilers/mail/password_hasher.hpp"

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
    std::string installation_key{};  ///< marks passwords without revealing them
};

/// How an object stands. Ready: reason is "Shown" or "Disabled".
struct MailVerdict {
    bool is_ready = false;
    StatusNote note{};
};

/// Writes status {observedGeneration, conditions, address} if it differs, and says when to look
/// again.
controller::ReconcileResult report(
    MailParts& parts,
    const resources::Object& object,
    const std::string& address,
    const MailVerdict& verdict
);

/// The first of the addresses that lies in a hosted domain where nothing takes it, or nothing.
std::optional<std::string> unknown_destination(
    controller::Store& mail, const std::vector<std::string>& addresses
);

/// Whether the mail servers see the object, put into words.
MailVerdict visibility(MailParts& parts, const resources::Object& object, bool is_active);

/// Whether the object is not in the database yet: it says Pending or Refused, and nothing can be
/// done for it.
bool is_waiting(const resources::Object& object);

inline constexpr std::chrono::seconds mail_wait_interval(1);

}  // namespace vectis::reconcilers
