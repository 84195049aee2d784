#include "resources/mailbox/mailbox.hpp"

#include "resources/decode.hpp"
#include "resources/spec_functions.hpp"

namespace vectis::resources {

template <>
MailboxSpec view<MailboxSpec>(const boost::json::object& spec) {
    return detail::decode_leniently<MailboxSpec>(spec);
}

std::vector<FieldError> validate(const MailboxSpec& spec) {
    (void)spec;
    return {};
}

template SpecFunctions spec_functions<MailboxSpec>();

}  // namespace vectis::resources
