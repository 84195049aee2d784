#pragma once

#include "controller/secrets.hpp"

#include <optional>
#include <string>

namespace vectis::reconcilers {

/// The value that "NAME/KEY" of the platform's secrets stands for; without a key, "password".
/// Nothing if there is none yet.
std::optional<std::string> find_secret(controller::Secrets& secrets, const std::string& reference);

}  // namespace vectis::reconcilers
