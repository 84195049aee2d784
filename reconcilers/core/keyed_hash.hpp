#pragma once

#include <string>
#include <string_view>

namespace vectis::reconcilers {

/// HMAC-SHA-256 (RFC 2104) in hex, 32 digits: names content that may hold secrets without letting
/// anybody test guesses.
std::string keyed_hash(std::string_view key, std::string_view content);

}  // namespace vectis::reconcilers
