#include "controller/source.hpp"

#include "controller/log.hpp"

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

constexpr std::string_view manager_prefix = "file:";

std::string manager_of(const std::string& folder) {
    return std::string(manager_prefix) + folder;
}

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
    move_to(one.applied.refused, all.applied.refused);
    move_to(one.applied.conflicts, all.applied.conflicts);
}

}  // namespace

bool is_gone(const std::string& manager) {
    std::error_code error;
    return manager.starts_with(manager_prefix) &&
           !fs::exists(manager.substr(manager_prefix.size()), error) && !error;
}

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

void log_problems(const DeclareOutcome& outcome) {
    for (const resources::FieldError& error : outcome.errors)
        log::error(
            "the declared folder has a mistake; what was accepted before stays",
            {{"error", resources::to_text(error)}}
        );
    for (const std::string& conflict : outcome.applied.conflicts)
        log::error("the declared folder was not applied", {{"conflict", conflict}});
    for (const RefusedObject& refused : outcome.applied.refused)
        log::error(
            "a declared object was refused",
            {{"key", resources::to_text(refused.key)}, {"why", refused.why.message()}}
        );
    if (!outcome.waiting.empty())
        log::info("declared mail objects wait for their database", {{"why", outcome.waiting}});
}

Source::Source(const Stores& stores, Disk& disk, Clock& clock)
    : stores_(stores), disk_(disk), clock_(clock) {}

DeclareOutcome Source::apply_folder(const std::string& folder, const ApplyOptions& options) {
    DeclareOutcome outcome;
    const FolderContent content = read_folder(folder);
    outcome.errors = content.errors;
    if (!outcome.errors.empty()) return outcome;
    const std::string manager = manager_of(folder);
    look_at_mail();
    std::set<resources::ObjectKey> beside;
    std::set<resources::ObjectKey> own;
    for (const auto& [key, owner] : managers_) (owner == manager ? own : beside).insert(key);
    resources::LoadResult loaded = resources::load(content.files, beside, own);
    outcome.errors = std::move(loaded.errors);
    if (outcome.errors.empty() && loaded.objects.empty()) {
        outcome.errors.push_back(
            {.file = folder, .message = "declares nothing; 'vectis down' removes what it declared"}
        );
    }
    if (!outcome.errors.empty()) return outcome;
    std::vector<resources::Object> objects;
    for (const resources::LoadedObject& entry : loaded.objects) objects.push_back(entry.object);
    // Noted before: apply may throw, or be cut off, when the half of it is done. Then the next
    // controller does the other half.
    const std::map<resources::ObjectKey, Place> places_before = places_;
    const std::vector<std::string> folders_before = remembered();
    note_places(folder, loaded.objects);
    remember_also(folder);
    unapplied_.insert(folder);
    outcome.applied = apply(stores_, clock_, manager, objects, options);
    unapplied_.erase(folder);
    if (outcome.applied.conflicts.empty()) {
        unsettled_.insert(folder);
    } else {
        places_ = places_before;
        remember(folders_before);
    }
    return outcome;
}

void Source::note_places(
    const std::string& folder, const std::vector<resources::LoadedObject>& objects
) {
    std::erase_if(places_, [&](const auto& one) { return one.second.folder == folder; });
    for (const resources::LoadedObject& entry : objects) {
        places_[resources::key_of(entry.object)] = {
            folder, entry.file + ':' + std::to_string(entry.position.line)
        };
    }
}

/// What was seen last counts while their store does not answer: a Postgres that is broken must not
/// keep its own repair from being declared.
void Source::look_at_mail() {
    try {
        const ObjectList seen = stores_.mail.list({});
        managers_.clear();
        for (const resources::Object& object : seen.items)
            managers_[resources::key_of(object)] = resources::applied_by(object);
    } catch (const StoreError&) {
        // Nothing new to see.
    }
}

DeclareOutcome Source::declare(const std::string& folder, Conflicts conflicts) {
    const std::scoped_lock lock(mutex_);
    std::set<std::string> losers;
    const auto yields = [&](const std::string& manager) {
        if (conflicts == Conflicts::refuse && !is_gone(manager)) return false;
        losers.insert(manager);
        return true;
    };
    DeclareOutcome outcome =
        apply_folder(folder, {.prune = Prune::yes, .retry = Retry::yes, .yields = yields});
    if (!outcome.errors.empty() || !outcome.applied.conflicts.empty()) return outcome;
    // What a folder that was moved declared and the new one does not: it will never be read again.
    for (const std::string& loser : losers) {
        if (is_gone(loser)) leave_mail(stores_.mail, clock_, loser, {}, outcome.applied);
    }
    std::vector<std::string> folders = remembered();
    std::erase_if(folders, [&](const std::string& one) {
        const std::string manager = manager_of(one);
        return one == folder || (losers.contains(manager) && !is_source_of_any(manager));
    });
    folders.push_back(folder);
    remember(folders);
    return outcome;
}

void Source::remember_also(const std::string& folder) {
    std::vector<std::string> folders = remembered();
    if (std::find(folders.begin(), folders.end(), folder) != folders.end()) return;
    folders.push_back(folder);
    remember(folders);
}

void Source::remember(const std::vector<std::string>& folders) {
    std::string record;
    for (const std::string& one : folders) record += one + '\n';
    if (disk_.read(record_name) != record) disk_.replace(record_name, record);
}

bool Source::is_source_of_any(const std::string& manager) {
    for (Store* store : {&stores_.platform, &stores_.mail}) {
        for (const resources::Object& object : store->list({}).items) {
            if (resources::applied_by(object) == manager) return true;
        }
    }
    return false;
}

std::optional<DeclareOutcome> Source::reload() {
    const std::scoped_lock lock(mutex_);
    const std::vector<std::string> folders = remembered();
    if (folders.empty()) return std::nullopt;
    DeclareOutcome outcome;
    for (const std::string& folder : folders) {
        try {
            append(outcome, apply_folder(folder, {.prune = Prune::yes}));
        } catch (const MailAway& error) {
            outcome.waiting = error.what();
        }
    }
    return outcome;
}

DeclareOutcome Source::settle() {
    const std::scoped_lock lock(mutex_);
    DeclareOutcome applied;
    while (!unapplied_.empty()) {
        const std::string folder = *unapplied_.begin();
        append(applied, apply_folder(folder, {.prune = Prune::yes}));
        unapplied_.erase(folder);
    }
    while (!unsettled_.empty()) {
        const std::string folder = *unsettled_.begin();
        std::set<resources::ObjectKey> declared;
        for (const auto& [key, place] : places_) {
            if (place.folder == folder) declared.insert(key);
        }
        ApplyOutcome outcome;
        leave_mail(stores_.mail, clock_, manager_of(folder), declared, outcome);
        unsettled_.erase(folder);
    }
    return applied;
}

ApplyOutcome Source::release(const std::string& folder) {
    const std::scoped_lock lock(mutex_);
    const ApplyOutcome outcome = controller::release(stores_, clock_, manager_of(folder));
    std::vector<std::string> folders = remembered();
    std::erase(folders, folder);
    remember(folders);
    note_places(folder, {});
    unsettled_.erase(folder);
    unapplied_.erase(folder);
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
    places_.clear();
    unsettled_.clear();
    unapplied_.clear();
}

std::string Source::place_of(const resources::ObjectKey& key) {
    const std::scoped_lock lock(mutex_);
    const auto place = places_.find(key);
    return place == places_.end() ? std::string{} : place->second.text;
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
