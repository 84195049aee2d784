#pragma once

#include "controller/secrets.hpp"
#include "docker-client/tar.hpp"
#include "reconcilers/core/identity.hpp"
#include "reconcilers/core/images.hpp"
#include "reconcilers/workload/workload_plan.hpp"
#include "resources/object.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace vectis::reconcilers {

/// Something that the Workload refers to is not there yet.
class MissingReference : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Files with their secrets in place, ready for upload. Never logged, never stored.
struct RenderedFiles {
    std::vector<docker::TarEntry> files{};
    std::vector<docker::TarEntry> live{};
};

/// Throws MissingReference if a file needs a secret that does not exist yet.
RenderedFiles render_files(const resources::WorkloadSpec& spec, controller::Secrets& secrets);

/// Secret "NAME/KEY" of the platform; throws MissingReference.
std::string secret_value(controller::Secrets& secrets, const std::string& reference);

struct DesiredInputs {
    const resources::Object& object;
    const boost::json::object* stable_spec = nullptr;  ///< null: it has not been Ready yet
    const ResolvedImage& image;
    const RenderedFiles& files;
    const Identity& identity;
    const std::string& installation_key;
};

DesiredWorkload desired_workload(const DesiredInputs& inputs);

}  // namespace vectis::reconcilers
