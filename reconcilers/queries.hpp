#pragma once

#include "controller/queries.hpp"
#include "reconcilers/core/seams.hpp"

namespace vectis::reconcilers {

/// Answers what needs stores, secrets and the engine together.
class PlatformQueries final : public controller::Queries {
public:
    explicit PlatformQueries(Seams& seams) : seams_(seams) {}

    std::vector<controller::Credential> credentials() override;
    bool logs(
        const controller::LogRequest& request,
        const std::function<void(std::string_view)>& sink,
        std::stop_token stop
    ) override;

private:
    Seams& seams_;
};

}  // namespace vectis::reconcilers
