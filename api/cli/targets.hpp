#pragma once

#include "resources/kind.hpp"
#include "resources/object.hpp"

#include <span>
#include <string>
#include <vector>

namespace vectis::api {

/// One thing that a command is about: a kind, and perhaps one object of it.
struct Target {
    const resources::Kind* kind = nullptr;
    std::string ns{};
    std::string name{};  ///< empty: all of the kind

    friend bool operator==(const Target&, const Target&) = default;
};

/// kubectl's forms: KIND, KIND,KIND, KIND NAME…, KIND/NAME…, with plural, singular and short names;
/// "all" is every kind. A mail object may be named by its address (mailbox alice@example.test),
/// which gives the namespace. Throws InvalidInput.
std::vector<Target> parse_targets(std::span<const std::string> arguments, const std::string& ns);

/// The same, but every target has to name an object.
std::vector<Target> parse_named_targets(
    std::span<const std::string> arguments, const std::string& ns
);

/// "/apis/mail.vectis.dev/v1/namespaces/example.test/mailboxes/alice"
std::string path_of(const Target& target);

Target target_of(const resources::Object& object);

/// "mailbox/alice"
std::string short_name(const Target& target);

}  // namespace vectis::api
