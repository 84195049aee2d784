#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vectis::resources {

/// The candidate that a typo most likely meant; empty if none is near.
std::string nearest(std::string_view word, std::span<const std::string_view> candidates);

/// One member of a JSON pointer, escaped (RFC 6901).
std::string pointer_token(std::string_view name);

bool is_valid_utf8(std::string_view text);
/// What is no UTF-8 replaced by U+FFFD: for text of others (a banner, the output of a program) on
/// its way into an object.
std::string to_utf8(std::string_view bytes);

/// Whether the whole text matches an ECMAScript regular expression; expressions are compiled once.
bool matches(std::string_view text, std::string_view expression);

}  // namespace vectis::resources
