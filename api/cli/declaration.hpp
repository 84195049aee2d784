#pragma once

#include "resources/load.hpp"
#include "resources/object.hpp"

#include <span>
#include <string>
#include <vector>

namespace vectis::api {

/// Reads files, folders (their *.yaml and *.yml, hidden ones left out, sorted: as the controller
/// does) and "-" for standard input. Throws InvalidInput.
std::vector<resources::SourceFile> read_sources(std::span<const std::string> paths);

/// Reads and validates; throws InvalidInput with every error on a line of its own. `known` are
/// objects that exist already and may be referred to.
std::vector<resources::Object> load_declaration(
    std::span<const std::string> paths, const std::set<resources::ObjectKey>& known
);

/// The absolute path without links and dots. Throws InvalidInput if it does not exist.
std::string real_path(const std::string& path);

/// True if `path` is `folder` or lies below it; both are real paths.
bool lies_in(const std::string& path, const std::string& folder);

}  // namespace vectis::api
