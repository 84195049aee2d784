#include "reconcilers/core/image_context.hpp"

#include "docker-client/tar.hpp"
#include "resources/canonical.hpp"

#include <boost/json/array.hpp>

#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

namespace vectis::reconcilers {
namespace {

std::string folder_of(const std::string& build) {
    return "images/" + build;
}

std::string dockerfile_of(const controller::Manifests& manifests, const std::string& build) {
    std::optional<std::string> text = manifests.read(folder_of(build) + "/Dockerfile");
    if (!text)
        throw std::runtime_error(
            "there is no image definition '" + build + "': manifests/images/" + build +
            "/Dockerfile is missing"
        );
    return std::move(*text);
}

}  // namespace

std::string image_base(const controller::Manifests& manifests, const std::string& build) {
    std::istringstream lines(dockerfile_of(manifests, build));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("FROM ")) return line.substr(5, line.find(' ', 5) - 5);
    }
    throw std::runtime_error("manifests/images/" + build + "/Dockerfile has no FROM line");
}

std::string image_context(const controller::Manifests& manifests, const std::string& build) {
    const std::string folder = folder_of(build);
    std::vector<docker::TarEntry> entries;
    for (const std::string& path : manifests.list(folder)) {
        docker::TarEntry entry;
        entry.path = path.substr(folder.size() + 1);
        entry.content = manifests.read(path).value_or("");
        entry.mode = entry.content.starts_with("#!") ? 0755 : 0644;
        entries.push_back(std::move(entry));
    }
    return docker::make_tar(entries);
}

std::string image_context_hash(const controller::Manifests& manifests, const std::string& build) {
    (void)dockerfile_of(manifests, build);
    boost::json::array inputs;
    for (const std::string& path : manifests.list(folder_of(build))) {
        inputs.emplace_back(path);
        inputs.emplace_back(manifests.read(path).value_or(""));
    }
    return resources::hash(inputs);
}

}  // namespace vectis::reconcilers
