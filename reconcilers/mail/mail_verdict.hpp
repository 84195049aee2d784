#pragma once

#include "reconcilers/core/status.hpp"
#include "resources/object.hpp"

#include <functional>
#include <optional>

namespace vectis::reconcilers {

/// How an object stands. Ready: reason is "Shown" or "Disabled".
struct MailVerdict {
    bool is_ready = false;
    StatusNote note{};
};

/// What a verdict looks at: the stores themselves, or what was read from them at one moment.
struct MailView {
    std::function<std::optional<resources::Object>(const resources::ObjectKey&)> find;
    /// Whether the mail servers find the object's address.
    std::function<bool(const resources::ObjectKey&)> shows;
};

/// Of a Domain, a Mailbox (but for its password) or an Alias.
MailVerdict mail_verdict(const resources::Object& object, const MailView& view);

}  // namespace vectis::reconcilers
