#pragma once

#include "controller/postgres/mail_store.hpp"
#include "controller/postgres/target.hpp"
#include "controller/source.hpp"

#include <functional>
#include <utility>

namespace vectis::controller {

/// What is done when the mail database is found Ready, and when it is there no more. Thread-safe.
class MailAttachment {
public:
    struct Parts {
        MailStore& mail;
        Source& source;
        std::function<void(const Target&)> attach;
        std::function<void()> detach;
    };
    explicit MailAttachment(Parts parts) : parts_(std::move(parts)) {}

    /// Called again and again; costs little then. Throws StoreError if the database does not
    /// answer, and goes on where it stopped the next time.
    void ready(const Target& target);
    void gone();

private:
    Parts parts_;
};

}  // namespace vectis::controller
