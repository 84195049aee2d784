#pragma once

#include "resources/load.hpp"
#include "resources/object.hpp"

#include <set>
#include <span>
#include <string>
#include <vector>

namespace vectis::api {

/// Keys of objects that exist already.
struct Stored {
    std::set<resources::ObjectKey> beside{};  ///< what the files may refer to
    std::set<resources::ObjectKey> own{};     ///< what the same folder declared before
};

/// Reads files, folders (by the rules of the controller) and "-" for standard input. Throws
/// InvalidInput with every error on a line of its own.
std::vector<resources::SourceFile> read_sources(std::span<const std::string> paths);

/// Reads and validates; throws InvalidInput with every error on a line of its own.
std::vector<resources::Object> load_declaration(
    std::span<const std::string> paths, const Stored& stored
);

/// Whether a path of a command is a folder, and not a file or standard input.
bool is_folder_path(const std::string& path);

/// The absolute path without links and dots. Throws InvalidInput if it does not exist.
std::string real_path(const std::string& path);

/// True if `path` is `folder` or lies below it; both are real paths.
bool lies_in(const std::string& path, const std::string& folder);

}  // namespace vectis::api
