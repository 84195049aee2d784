#pragma once

#include "controller/manifests.hpp"
#include "reconcilers/core/database_admin.hpp"

#include <string>
#include <vector>

namespace vectis::reconcilers {

/// sql/<folder>/NNNN_name.sql in order of number. Throws std::runtime_error if two have one number.
std::vector<Migration> migrations_of(
    const controller::Manifests& manifests, const std::string& folder
);

}  // namespace vectis::reconcilers
