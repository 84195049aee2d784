#include "api/cli/declaration.hpp"

#include "api/cli/errors.hpp"
#include "controller/source.hpp"

#include <cstdio>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

namespace vectis::api {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_file = 10U << 20U;

std::string read_standard_input() {
    std::string out;
    char piece[65536];
    while (const std::size_t got = std::fread(piece, 1, sizeof piece, stdin)) {
        out.append(piece, got);
        if (out.size() > largest_file) throw InvalidInput("standard input has more than 10 MiB");
    }
    return out;
}

[[noreturn]] void refuse(const std::vector<resources::FieldError>& errors) {
    std::string text;
    for (const resources::FieldError& error : errors)
        text += (text.empty() ? "" : "\n") + resources::to_text(error);
    throw InvalidInput(text);
}

}  // namespace

std::vector<resources::SourceFile> read_sources(std::span<const std::string> paths) {
    controller::FolderContent all;
    for (const std::string& path : paths) {
        if (path == "-") {
            all.files.push_back({"standard input", read_standard_input()});
            continue;
        }
        controller::FolderContent one = controller::read_folder(path);
        std::move(one.files.begin(), one.files.end(), std::back_inserter(all.files));
        std::move(one.errors.begin(), one.errors.end(), std::back_inserter(all.errors));
    }
    if (!all.errors.empty()) refuse(all.errors);
    return std::move(all.files);
}

std::vector<resources::Object> load_declaration(
    std::span<const std::string> paths, const Stored& stored
) {
    if (paths.empty()) throw InvalidInput("name a file or folder with -f");
    const std::vector<resources::SourceFile> files = read_sources(paths);
    resources::LoadResult loaded = resources::load(files, stored.beside, stored.own);
    if (!loaded.errors.empty()) refuse(loaded.errors);
    std::vector<resources::Object> out;
    for (resources::LoadedObject& object : loaded.objects) out.push_back(std::move(object.object));
    return out;
}

bool is_folder_path(const std::string& path) {
    std::error_code error;
    return path != "-" && fs::is_directory(path, error);
}

std::string real_path(const std::string& path) {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    if (error) throw InvalidInput(path + ": " + error.message());
    return real.string();
}

bool lies_in(const std::string& path, const std::string& folder) {
    return path == folder || path.starts_with(folder.ends_with('/') ? folder : folder + '/');
}

}  // namespace vectis::api
