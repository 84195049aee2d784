#pragma once

#include "reconcilers/core/seams.hpp"

#include <string>
#include <vector>

namespace vectis::reconcilers {

struct TeardownOptions {
    bool removes_volumes = false;
    bool removes_images = false;
};

struct TeardownProgress {
    bool is_done = false;
    std::vector<std::string> remaining{};
    std::vector<std::string> problems{};
};

/// One step of taking the installation down: deletes what is declared, and once that is gone, data
/// volumes and built images if asked to. Called again until it is done; whatever is on the engine
/// without our label is left alone.
TeardownProgress take_down(Seams& seams, const TeardownOptions& options);

}  // namespace vectis::reconcilers
