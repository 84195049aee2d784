#pragma once

#include <span>
#include <string_view>

namespace vectis::controller {

/// One file of manifests/ as it was when the program was built.
struct EmbeddedFile {
    std::string_view path;
    std::string_view content;
};

/// All of them, sorted by path. Defined in the source that .cmake/embed.cmake writes.
std::span<const EmbeddedFile> embedded_files();

}  // namespace vectis::controller
