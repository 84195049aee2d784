#include "controller/source.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

namespace vectis::controller {
namespace {

namespace fs = std::filesystem;

constexpr const char* record_name = "source";
constexpr std::size_t files_max = 1000;
constexpr std::uintmax_t file_size_max = 10U << 20U;

bool is_yaml(const fs::path& path) {
    const std::string extension = path.extension().string();
    return (extension == ".yaml" || extension == ".yml") && !path.filename().string().starts_with('.');
}

std::vector<fs::path> paths_of(const fs::path& folder, std::vector<resources::FieldError>& errors) {
    std::vector<fs::path> out;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        if (is_yaml(entry.path()) && entry.is_regular_file()) out.push_back(entry.path());
    }
    if (error) errors.push_back({.file = folder.string(), .message = error.message()});
    std::sort(out.begin(), out.end());
    return out;
}

void read_file(const fs::path& path, FolderContent& out) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(path, error);
    if (!error && size > file_size_max) {
        out.errors.push_back({.file = path.string(), .message = "the file is larger than 10 MiB"});
        return;
    }
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) out.errors.push_back({.file = path.string(), .message = "cannot be read"});
    else out.files.push_back({path.string(), std::move(text).str()});
}

}  // namespace

FolderContent read_folder(const std::string& path) {
    FolderContent out;
    std::error_code error;
    if (fs::is_regular_file(path, error)) {
        read_file(path, out);
        return out;
    }
    if (!fs::is_directory(path, error)) {
        out.errors.push_back({.file = path, .message = "there is no such file or folder"});
        return out;
    }
    const std::vector<fs::path> paths = paths_of(path, out.errors);
    if (paths.size() > files_max) out.errors.push_back({.file = path, .message = "more than 1,000 files"});
    for (const fs::path& file : paths) {
        if (out.errors.empty()) read_file(file, out);
    }
    if (out.files.empty() && out.errors.empty()) out.errors.push_back({.file = path, .message = "there is no *.yaml file in it"});
    return out;
}

Source::Source(const Stores& stores, Disk& disk, Clock& clock) : stores_(stores), disk_(disk), clock_(clock) {}

DeclareOutcome Source::apply_folder(const std::string& folder) {
    DeclareOutcome outcome;
    const FolderContent content = read_folder(folder);
    outcome.errors = content.errors;
    if (!outcome.errors.empty()) return outcome;
    const std::string manager = "file:" + folder;
    std::set<resources::ObjectKey> known;
    for (const resources::Object& object : stores_.mail.list({}).items) {
        if (resources::applied_by(object) != manager) known.insert(resources::key_of(object));
    }
    resources::LoadResult loaded = resources::load(content.files, known);
    outcome.errors = std::move(loaded.errors);
    if (!outcome.errors.empty()) return outcome;
    std::vector<resources::Object> objects;
    for (resources::LoadedObject& entry : loaded.objects) objects.push_back(std::move(entry.object));
    outcome.applied = apply(stores_, clock_, manager, objects, Prune::yes);
    return outcome;
}

DeclareOutcome Source::declare(const std::string& folder) {
    const std::scoped_lock lock(mutex_);
    DeclareOutcome outcome = apply_folder(folder);
    if (outcome.errors.empty() && outcome.applied.conflicts.empty()) disk_.replace(record_name, folder);
    return outcome;
}

std::optional<DeclareOutcome> Source::reload() {
    const std::scoped_lock lock(mutex_);
    const std::optional<std::string> folder = disk_.read(record_name);
    if (!folder || folder->empty()) return std::nullopt;
    return apply_folder(*folder);
}

std::string Source::folder() {
    const std::scoped_lock lock(mutex_);
    return disk_.read(record_name).value_or("");
}

void Source::forget() {
    const std::scoped_lock lock(mutex_);
    disk_.remove(record_name);
}

}  // namespace vectis::controller
