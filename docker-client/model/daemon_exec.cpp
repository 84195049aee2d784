#include "docker-client/model/model_daemon.hpp"
#include "docker-client/model/model_text.hpp"

#include <algorithm>

namespace vectis::docker {
namespace {

ExecResult failed(const std::string& message) {
    return {.exit_code = 1, .output = {}, .error_output = message + "\n"};
}

StoredEntries::iterator children_begin(StoredEntries& entries, const std::string& path) {
    return entries.lower_bound(path + "/");
}

bool is_child(const StoredEntries& entries, StoredEntries::iterator it, const std::string& path) {
    return it != entries.end() && it->first.starts_with(path + "/");
}

bool exists(StoredEntries& entries, const std::string& path) {
    return path.empty() || entries.contains(path) ||
           is_child(entries, children_begin(entries, path), path);
}

/// Takes an entry and everything below it out of the map.
StoredEntries take_tree(StoredEntries& entries, const std::string& path) {
    StoredEntries taken;
    if (auto node = entries.extract(path)) taken.insert(std::move(node));
    for (auto it = children_begin(entries, path); is_child(entries, it, path);) {
        taken.insert(entries.extract(it++));
    }
    return taken;
}

}  // namespace

Result<Container> ModelDaemon::exec_target(const std::string& id) const {
    const StoredContainer* container = find_container(id);
    if (container == nullptr) return Refusal(RefusalReason::not_found, "No such container: " + id);
    const Container& shown = container->shown;
    switch (shown.state) {
        case ContainerState::running:
            return shown;
        case ContainerState::paused:
            return Refusal(
                RefusalReason::conflict,
                "Container " + shown.id + " is paused, unpause the container before exec"
            );
        case ContainerState::restarting:
            return Refusal(
                RefusalReason::conflict,
                "Container " + shown.id + " is restarting, wait until the container is running"
            );
        default:
            return Refusal(RefusalReason::conflict, "Container " + shown.id + " is not running");
    }
}

ExecResult ModelDaemon::move_entry(
    StoredContainer& container, const std::string& from, const std::string& to
) {
    std::string source_path;
    std::string target_path;
    if (!normalise_path(from, source_path) || !normalise_path(to, target_path)) {
        return failed("mv: invalid path");
    }
    const Location source = locate(container, source_path);
    const Location target = locate(container, target_path);
    if (source.entries == nullptr || target.entries == nullptr) return {};
    if (!exists(*source.entries, source.path)) {
        // What was there before this state was loaded is not known; then the command is believed.
        if (!source.content_known) return {};
        return failed("mv: cannot stat '" + from + "': No such file or directory");
    }
    if (source.read_only || target.read_only) {
        return failed("mv: cannot move '" + from + "' to '" + to + "': Read-only file system");
    }
    if (is_child(*target.entries, children_begin(*target.entries, target.path), target.path)) {
        return failed("mv: cannot overwrite '" + to + "': Directory not empty");
    }
    StoredEntries tree = take_tree(*source.entries, source.path);
    target.entries->erase(target.path);
    for (auto& [path, entry] : tree) {
        (*target.entries)[target.path + path.substr(source.path.size())] = std::move(entry);
    }
    return {};
}

ExecResult ModelDaemon::link_entry(
    StoredContainer& container, const std::string& target, const std::string& link
) {
    std::string path;
    if (!normalise_path(link, path)) return failed("ln: invalid path");
    Location place = locate(container, path);
    if (place.entries == nullptr) return {};
    if (place.read_only) {
        return failed("ln: failed to create symbolic link '" + link + "': Read-only file system");
    }
    const auto found = place.entries->find(place.path);
    const bool is_link =
        found != place.entries->end() && found->second.type == TarEntry::Type::link;
    const bool folder =
        (found != place.entries->end() && found->second.type == TarEntry::Type::folder) ||
        is_child(*place.entries, children_begin(*place.entries, place.path), place.path);
    // A real folder takes the link inside; -n only keeps ln from following a link to one.
    if (folder && !is_link) place.path += "/" + target.substr(target.rfind('/') + 1);
    (*place.entries)[place.path] = {.type = TarEntry::Type::link, .content = target, .mode = 0777};
    return {};
}

ExecResult ModelDaemon::remove_entries(
    StoredContainer& container, const std::vector<std::string>& paths
) {
    for (const std::string& text : paths) {
        std::string path;
        if (!normalise_path(text, path)) return failed("rm: invalid path");
        const Location place = locate(container, path);
        if (place.entries == nullptr || !exists(*place.entries, place.path)) continue;
        if (place.path.empty())
            return failed("rm: cannot remove '" + text + "': Device or resource busy");
        if (place.read_only)
            return failed("rm: cannot remove '" + text + "': Read-only file system");
        take_tree(*place.entries, place.path);
    }
    return {};
}

ExecResult ModelDaemon::make_folders(
    StoredContainer& container, const std::vector<std::string>& paths
) {
    for (const std::string& text : paths) {
        std::string path;
        if (!normalise_path(text, path)) return failed("mkdir: invalid path");
        const Location place = locate(container, path);
        if (place.entries == nullptr || exists(*place.entries, place.path)) continue;
        if (place.read_only) {
            return failed("mkdir: cannot create directory '" + text + "': Read-only file system");
        }
        (*place.entries)[place.path] = {.type = TarEntry::Type::folder, .mode = 0755};
    }
    return {};
}

ExecResult ModelDaemon::run_builtin(const std::string& id, const ExecSpec& spec) {
    StoredContainer* container = find_container(id);
    if (container == nullptr || spec.command.empty()) return {};
    std::string command_line = spec.command.front();
    for (auto it = spec.command.begin() + 1; it != spec.command.end(); ++it)
        command_line += " " + *it;
    emit("exec_create: " + command_line, container->shown);
    emit("exec_start: " + command_line, container->shown);

    const std::string program = spec.command[0].substr(spec.command[0].rfind('/') + 1);
    const std::string option = spec.command.size() > 1 ? spec.command[1] : "";
    const std::vector<std::string> rest(
        spec.command.begin() + std::min<std::ptrdiff_t>(2, std::ssize(spec.command)),
        spec.command.end()
    );
    ExecResult result;
    if (program == "mv" && (option == "-T" || option == "-fT") && rest.size() == 2) {
        result = move_entry(*container, rest[0], rest[1]);
    } else if (program == "ln" && option == "-sfn" && rest.size() == 2) {
        result = link_entry(*container, rest[0], rest[1]);
    } else if (program == "rm" && option == "-rf") {
        result = remove_entries(*container, rest);
    } else if (program == "mkdir" && option == "-p") {
        result = make_folders(*container, rest);
    } else if (program == "false") {
        result.exit_code = 1;
    }
    emit("exec_die", container->shown, {{"exitCode", std::to_string(result.exit_code)}});
    return result;
}

}  // namespace vectis::docker
