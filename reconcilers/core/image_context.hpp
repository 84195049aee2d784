#pragma once

#include "controller/manifests.hpp"

#include <string>

namespace vectis::reconcilers {

/// The image definitions in manifests/images, one folder each. All throw std::runtime_error if
/// there is none of that name.

/// What its Dockerfile begins FROM.
std::string image_base(const controller::Manifests& manifests, const std::string& build);

/// The folder as a tar archive, as Docker's build takes it.
std::string image_context(const controller::Manifests& manifests, const std::string& build);

/// Identity of all that is in the folder.
std::string image_context_hash(const controller::Manifests& manifests, const std::string& build);

}  // namespace vectis::reconcilers
