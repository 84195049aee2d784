#include "controller/manifests.hpp"

#include "controller/embedded_manifests.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace vectis::controller {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t file_size_bytes_max = 1U << 20U;
constexpr std::size_t file_count_max = 4096;

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
    throw std::runtime_error("read manifests: '" + path.string() + "' " + what);
}

// The same selection as .cmake/embed.cmake makes, so that a folder and the binary made from it
// agree.
bool is_skipped(const fs::path& name) {
    const std::string text = name.string();
    return text.starts_with('.') || text == "CMakeLists.txt" || text == "README.md";
}

std::string read_file(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream) fail(path, "cannot be opened");
    const auto size = fs::file_size(path);
    if (size > file_size_bytes_max) fail(path, "is larger than 1 MiB");
    std::string content(static_cast<std::size_t>(size), '\0');
    stream.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (static_cast<std::uintmax_t>(stream.gcount()) != size)
        fail(path, "changed while it was read");
    return content;
}

std::map<std::string, std::string> read_folder(const fs::path& root) {
    std::map<std::string, std::string> files;
    for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator();
         ++it) {
        if (is_skipped(it->path().filename())) {
            it.disable_recursion_pending();
            continue;
        }
        if (it->is_directory()) continue;
        if (!it->is_regular_file()) fail(it->path(), "is not a regular file");
        if (files.size() == file_count_max) fail(root, "holds more than 4096 files");
        files.emplace(it->path().lexically_relative(root).generic_string(), read_file(it->path()));
    }
    return files;
}

}  // namespace

Manifests Manifests::embedded() {
    std::map<std::string, std::string> files;
    for (const auto& file : embedded_files()) files.emplace(file.path, file.content);
    return Manifests(std::move(files));
}

Manifests Manifests::from_folder(const std::string& folder) {
    try {
        return Manifests(read_folder(folder));
    } catch (const fs::filesystem_error& error) {
        fail(folder, "cannot be read: " + error.code().message());
    }
}

Manifests::Manifests(std::map<std::string, std::string> files) : files_(std::move(files)) {}

std::optional<std::string> Manifests::read(const std::string& path) const {
    const auto found = files_.find(path);
    if (found == files_.end()) return std::nullopt;
    return found->second;
}

std::vector<std::string> Manifests::list(const std::string& folder) const {
    const std::string prefix = folder.empty() || folder.ends_with('/') ? folder : folder + '/';
    std::vector<std::string> paths;
    for (auto it = files_.lower_bound(prefix); it != files_.end() && it->first.starts_with(prefix);
         ++it) {
        paths.push_back(it->first);
    }
    return paths;
}

}  // namespace vectis::controller
