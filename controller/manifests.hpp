#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vectis::controller {

/// The files of manifests/, embedded at build time or read from a folder (`--manifests DIR`).
/// Immutable.
class Manifests {
public:
    static Manifests embedded();
    /// Throws std::runtime_error if the folder cannot be read.
    static Manifests from_folder(const std::string& folder);
    explicit Manifests(std::map<std::string, std::string> files);

    /// `path` is relative to manifests/, e.g. "platform/10-data.yaml".
    std::optional<std::string> read(const std::string& path) const;
    /// Paths below `folder` ("images/postfix"), sorted, as read() takes them.
    std::vector<std::string> list(const std::string& folder) const;

private:
    std::map<std::string, std::string> files_;
};

}  // namespace vectis::controller
