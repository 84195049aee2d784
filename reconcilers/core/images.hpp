#pragma once

#include "controller/manifests.hpp"
#include "docker-client/engine.hpp"
#include "reconcilers/core/jobs.hpp"
#include "resources/object.hpp"
#include "resources/workload/workload.hpp"

#include <stop_token>
#include <string>

namespace vectis::reconcilers {

/// An image source as the engine knows it now.
struct ResolvedImage {
    std::string reference{};  ///< what a container is created from
    std::string id{};         ///< empty: the engine does not have it
};

/// What the images that we build carry. Not the installation: equal inputs must give one image,
/// whoever builds it.
inline docker::Labels built_image_labels() {
    return {{"vectis.dev/built", "true"}};
}

/// Finds images: what the engine has, else a pull, else a build. A built image is tagged
/// vectis/<name>:<hash of its context, revision and base image>, so that the same inputs give the
/// same tag and a change gives another. Thread-safe.
class Images {
public:
    Images(
        docker::Engine& engine,
        const controller::Manifests& manifests,
        Jobs& jobs,
        docker::Labels labels
    );

    ResolvedImage resolve(const resources::ImageSource& source, std::stop_token stop);
    /// Works on it as a job that wakes `key`.
    JobStatus ensure(const resources::ImageSource& source, const resources::ObjectKey& key);

private:
    std::string base_of(const std::string& build) const;
    std::string context_of(const std::string& build) const;
    std::string tag_of(const resources::ImageSource& source, const std::string& base_id) const;
    std::string make(
        const resources::ImageSource& source, const Jobs::Report& report, std::stop_token stop
    );
    std::string pull(
        const std::string& reference, const Jobs::Report& report, std::stop_token stop
    );

    docker::Engine& engine_;
    const controller::Manifests& manifests_;
    Jobs& jobs_;
    docker::Labels labels_;
};

}  // namespace vectis::reconcilers
