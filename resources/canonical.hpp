#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace vectis::resources {

/// One text for equal values: members sorted by name, no spaces, whole numbers without a fraction.
std::string canonical(const boost::json::value& value);

/// "v1:" and 32 hexadecimal digits of the SHA-256 of the canonical text. The version changes only
/// with the method, so that a new release of Vectis recreates nothing.
std::string hash(const boost::json::value& value);

}  // namespace vectis::resources
