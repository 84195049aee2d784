#include "api/cli/declaration.hpp"

#include "api/cli/errors.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace vectis::api {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_file = 10U << 20U;
constexpr std::size_t most_files = 1'000;

std::string read_standard_input() {
    std::string out;
    char piece[65536];
    while (const std::size_t got = std::fread(piece, 1, sizeof piece, stdin)) {
        out.append(piece, got);
        if (out.size() > largest_file) throw InvalidInput("standard input has more than 10 MiB");
    }
    return out;
}

std::string read_file(const std::string& path) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(path, error);
    if (error) throw InvalidInput(path + ": " + error.message());
    if (size > largest_file) throw InvalidInput(path + ": has more than 10 MiB");
    std::ifstream file(path, std::ios::binary);
    std::string out{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file) throw InvalidInput(path + ": cannot be read");
    return out;
}

bool is_yaml(const fs::path& path) {
    return path.extension() == ".yaml" || path.extension() == ".yml";
}

std::vector<std::string> files_in(const std::string& folder) {
    std::vector<std::string> out;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        const bool is_hidden = entry.path().filename().string().starts_with('.');
        if (is_hidden || !entry.is_regular_file() || !is_yaml(entry.path())) continue;
        out.push_back(entry.path().string());
        if (out.size() > most_files) throw InvalidInput(folder + ": has more than 1000 YAML files");
    }
    if (error) throw InvalidInput(folder + ": " + error.message());
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace

std::vector<resources::SourceFile> read_sources(std::span<const std::string> paths) {
    std::vector<resources::SourceFile> out;
    for (const std::string& path : paths) {
        if (path == "-") {
            out.push_back({"standard input", read_standard_input()});
            continue;
        }
        std::error_code error;
        if (!fs::exists(path, error))
            throw InvalidInput(path + ": there is no such file or folder");
        if (!fs::is_directory(path, error)) {
            out.push_back({path, read_file(path)});
            continue;
        }
        const std::vector<std::string> found = files_in(path);
        if (found.empty()) throw InvalidInput(path + ": has no *.yaml file");
        for (const std::string& file : found) out.push_back({file, read_file(file)});
    }
    return out;
}

std::vector<resources::Object> load_declaration(
    std::span<const std::string> paths, const std::set<resources::ObjectKey>& known
) {
    if (paths.empty()) throw InvalidInput("name a file or folder with -f");
    const std::vector<resources::SourceFile> files = read_sources(paths);
    resources::LoadResult loaded = resources::load(files, known);
    if (!loaded.errors.empty()) {
        std::string text;
        for (const resources::FieldError& error : loaded.errors)
            text += (text.empty() ? "" : "\n") + resources::to_text(error);
        throw InvalidInput(text);
    }
    std::vector<resources::Object> out;
    for (resources::LoadedObject& object : loaded.objects) out.push_back(std::move(object.object));
    return out;
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
