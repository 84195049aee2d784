#pragma once

#include "resources/workload/workload.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vectis::reconcilers {

/// The value as it has to be written into a file of that format, or nothing if the format has no
/// way to write it (a line break in a Postfix parameter, a NUL anywhere).
std::optional<std::string> quote(resources::FileFormat format, std::string_view value);

}  // namespace vectis::reconcilers
