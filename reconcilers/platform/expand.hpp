#pragma once

#include "controller/manifests.hpp"
#include "resources/object.hpp"
#include "resources/platform/platform.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace vectis::reconcilers {

/// The objects that may change together; the next wave waits until these are Ready.
struct Wave {
    std::string name{};  ///< the file in manifests/platform
    std::vector<resources::Object> objects{};
};

/// A template in manifests/ is wrong: a mistake in the product or in `--manifests DIR`, not in what
/// the user declared.
class ManifestError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The owned objects of a Platform, in the order in which they may change.
struct Expansion {
    std::vector<Wave> waves{};
    std::string hash{};  ///< one identity for all that the waves say
};

/// Pure. Throws ManifestError.
Expansion expand(const resources::Object& platform, const controller::Manifests& manifests);

/// Identity of waves.
std::string hash_of(const std::vector<Wave>& waves);

/// The values that templates may use, by name.
std::map<std::string, boost::json::value> platform_values(const resources::PlatformSpec& spec);

}  // namespace vectis::reconcilers
