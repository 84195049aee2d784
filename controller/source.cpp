#include "controller/source.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
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
    const bool is_hidden = path.filename().string().starts_with('.');
    return (extension == ".yaml" || extension == ".yml") && !is_hidden;
}

void report(FolderContent& out, const fs::path& path, const std::string& message) {
    out.errors.push_back({.file = path.string(), .message = message});
}

std::vector<fs::path> paths_of(const fs::path& folder, FolderContent& out) {
    std::vector<fs::path> paths;
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    while (!error && entry != fs::directory_iterator()) {
        if (is_yaml(entry->path())) paths.push_back(entry->path());
        entry.increment(error);
    }
    if (error) report(out, folder, error.message());
    std::sort(paths.begin(), paths.end());
    return paths;
}

void read_file(const fs::path& path, FolderContent& out) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::is_directory(status)) return;
    // A link that leads nowhere or in a circle, too, is a file that should be there.
    if (!fs::exists(status)) {
        return report(
            out, path, "cannot be read: " + (error ? error.message() : "it leads nowhere")
        );
    }
    if (!fs::is_regular_file(status)) return report(out, path, "is no regular file");
    const std::uintmax_t size = fs::file_size(path, error);
    if (!error && size > file_size_max) return report(out, path, "the file is larger than 10 MiB");
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return report(out, path, "cannot be read");
    out.files.push_back({path.string(), std::move(text).str()});
}

void append(DeclareOutcome& all, DeclareOutcome one) {
    const auto move_to = [](auto& from, auto& to) {
        std::move(from.begin(), from.end(), std::back_inserter(to));
    };
    move_to(one.errors, all.errors);
    move_to(one.applied.objects, all.applied.objects);
    move_to(one.applied.conflicts, all.applied.conflicts);
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
        report(out, path, "there is no such file or folder");
        return out;
    }
    const std::vector<fs::path> paths = paths_of(path, out);
    if (paths.size() > files_max) report(out, path, "more than 1,000 files");
    if (!out.errors.empty()) return out;
    for (const fs::path& file : paths) read_file(file, out);
    if (out.files.empty() && out.errors.empty()) report(out, path, "there is no *.yaml file in it");
    return out;
}

Source::Source(const Stores& stores, Disk& disk, Clock& clock)
    : stores_(stores), disk_(disk), clock_(clock) {}

DeclareOutcome Source::apply_folder(const std::string& folder, Retry retry) {
    DeclareOutcome outcome;
    const FolderContent content = read_folder(folder);
    outcome.errors = content.errors;
    if (!outcome.errors.empty()) return outcome;
    const std::string manager = "file:" + folder;
    resources::LoadResult loaded = resources::load(content.files, known_beside(manager));
    outcome.errors = std::move(loaded.errors);
    if (outcome.errors.empty() && loaded.objects.empty()) {
        outcome.errors.push_back(
            {.file = folder, .message = "declares nothing; 'vectis down' removes what it declared"}
        );
    }
    if (!outcome.errors.empty()) return outcome;
    std::vector<resources::Object> objects;
    for (resources::LoadedObject& entry : loaded.objects) {
        places_[resources::key_of(entry.object)] =
            entry.file + ':' + std::to_string(entry.position.line);
        objects.push_back(std::move(entry.object));
    }
    outcome.applied = apply(stores_, clock_, manager, objects, Prune::yes, retry);
    return outcome;
}

/// Mail objects that others declared; as last seen while their store does not answer, since a
/// Postgres that is broken must not keep its own repair from being declared.
std::set<resources::ObjectKey> Source::known_beside(const std::string& manager) {
    try {
        const ObjectList seen = stores_.mail.list({});
        managers_.clear();
        for (const resources::Object& object : seen.items)
            managers_[resources::key_of(object)] = resources::applied_by(object);
    } catch (const StoreError&) {
        // What was seen last.
    }
    std::set<resources::ObjectKey> known;
    for (const auto& [key, owner] : managers_) {
        if (owner != manager) known.insert(key);
    }
    return known;
}

DeclareOutcome Source::declare(const std::string& folder) {
    const std::scoped_lock lock(mutex_);
    DeclareOutcome outcome = apply_folder(folder, Retry::yes);
    if (!outcome.errors.empty() || !outcome.applied.conflicts.empty()) return outcome;
    std::vector<std::string> folders = remembered();
    std::erase(folders, folder);
    folders.push_back(folder);
    std::string record;
    for (const std::string& one : folders) record += one + '\n';
    if (disk_.read(record_name) != record) disk_.replace(record_name, record);
    return outcome;
}

std::optional<DeclareOutcome> Source::reload() {
    const std::scoped_lock lock(mutex_);
    const std::vector<std::string> folders = remembered();
    if (folders.empty()) return std::nullopt;
    DeclareOutcome outcome;
    for (const std::string& folder : folders) append(outcome, apply_folder(folder, Retry::no));
    return outcome;
}

std::string Source::folder() {
    const std::vector<std::string> all = folders();
    return all.empty() ? std::string{} : all.back();
}

std::vector<std::string> Source::folders() {
    const std::scoped_lock lock(mutex_);
    return remembered();
}

void Source::forget() {
    const std::scoped_lock lock(mutex_);
    disk_.remove(record_name);
}

std::string Source::place_of(const resources::ObjectKey& key) {
    const std::scoped_lock lock(mutex_);
    const auto place = places_.find(key);
    return place == places_.end() ? std::string{} : place->second;
}

std::vector<std::string> Source::remembered() {
    std::istringstream lines(disk_.read(record_name).value_or(""));
    std::vector<std::string> out;
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty()) out.push_back(line);
    }
    return out;
}

}  // namespace vectis::controller
