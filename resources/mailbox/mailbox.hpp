#pragma once

#include "resources/field_error.hpp"
#include "resources/schema.hpp"
#include "resources/view.hpp"

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace vectis::resources {

/// A mailbox; metadata.name is the local part in lower case, metadata.namespace the domain.
struct MailboxSpec {
    bool active = true;
    std::string display_name{};
    std::int64_t quota_mib = 1024;
    std::string password_secret_ref{};

    friend bool operator==(const MailboxSpec&, const MailboxSpec&) = default;
    static constexpr auto fields = std::tuple{
        field("active", &MailboxSpec::active, "Accept mail and logins."),
        field("displayName", &MailboxSpec::display_name, "Name of the person."),
        field("quotaMiB", &MailboxSpec::quota_mib, "Size limit; 0 is none.").in(0, 16777216),
        field(
            "passwordSecretRef",
            &MailboxSpec::password_secret_ref,
            "Secret of type vectis.dev/password in the same namespace; empty: a password is "
            "generated."
        ),
    };
};

template <>
MailboxSpec view<MailboxSpec>(const boost::json::object& spec);

/// Rules that no single field can state; paths start at the object's root.
std::vector<FieldError> validate(const MailboxSpec& spec);

}  // namespace vectis::resources
