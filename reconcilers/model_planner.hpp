#pragma once

#include "controller/planning.hpp"
#include "reconcilers/core/pki.hpp"
#include "reconcilers/core/seams.hpp"
#include "reconcilers/mail/mail_directory.hpp"

namespace vectis::reconcilers {

/// `vectis plan`: copies what is declared and what runs into a model, applies the change there and
/// lets the real reconcilers work on simulated time. Nothing outside is touched; generated secrets
/// are placeholders that never leave the model.
class ModelPlanner final : public controller::Planner {
public:
    ModelPlanner(Seams& seams, Pki& pki, MailDirectory& directory)
        : seams_(seams), pki_(pki), directory_(directory) {}

    controller::PlanOutcome plan(const controller::DesiredChange& change) override;

private:
    Seams& seams_;
    Pki& pki_;
    MailDirectory& directory_;
};

}  // namespace vectis::reconcilers
