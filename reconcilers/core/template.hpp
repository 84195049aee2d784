#pragma once

#include "resources/workload/workload.hpp"

#include <boost/json/value.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::reconcilers {

struct Rendered {
    std::string text{};
    std::vector<std::string> errors{};  ///< unknown names, values that the format cannot hold
};

using TemplateValues = std::map<std::string, boost::json::value>;

/// Replaces `${name}` by the value as the file format writes it. `$name` and `${secret:…}` stay as
/// they are.
Rendered render(std::string_view text, const TemplateValues& values, resources::FileFormat format);

/// Replaces `${name}` by the value as JSON, which is YAML too.
Rendered render_yaml(std::string_view text, const TemplateValues& values);

/// Value of "NAME/KEY", or nothing. May throw to end the rendering.
using SecretLookup = std::function<std::optional<std::string>(const std::string& reference)>;

/// Replaces `${secret:NAME/KEY}`. Errors name the reference, never a value.
Rendered resolve_secrets(
    std::string_view text, resources::FileFormat format, const SecretLookup& lookup
);

}  // namespace vectis::reconcilers
