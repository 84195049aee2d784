#pragma once

#include "controller/manifests.hpp"
#include "docker-client/engine.hpp"
#include "reconcilers/core/jobs.hpp"
#include "resources/object.hpp"
#include "resources/workload/workload.hpp"

#include <map>
#include <mutex>
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
/// vectis/<name>:<hash of its context and revision>. What a base image is called counts, what it is
/// now does not: whoever pulls it must not replace what runs. Thread-safe.
class Images {
public:
    Images(
        docker::Engine& engine,
        const controller::Manifests& manifests,
        Jobs& jobs,
        docker::Labels labels
    );

    /// What the engine had when it was last asked; asks it for what it did not have.
    ResolvedImage resolve(const resources::ImageSource& source, std::stop_token stop);
    /// Something may have happened to an image: ask again.
    void forget();
    /// Asks for every image that is known; true if one is another now, or is gone.
    bool resync(std::stop_token stop);
    /// Works on it as a job that wakes `key`.
    JobStatus ensure(const resources::ImageSource& source, const resources::ObjectKey& key);

private:
    /// The id of an image, empty if the engine does not have it.
    std::string id_of(const std::string& reference, const docker::Call& call);
    std::string tag_of(const resources::ImageSource& source) const;
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
    std::mutex mutex_;
    std::map<std::string, std::string> ids_;  ///< by reference, of images that were there
};

}  // namespace vectis::reconcilers
