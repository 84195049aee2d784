#include "docker-client/model/model_daemon.hpp"
#include "docker-client/model/model_text.hpp"

#include <algorithm>

namespace vectis::docker {
namespace {

bool is_below(std::string_view path, std::string_view folder) {
    if (folder.empty()) return true;
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool has_folder(const StoredEntries& entries, const std::string& path) {
    if (path.empty()) return true;
    const auto found = entries.find(path);
    if (found != entries.end()) return found->second.type != TarEntry::Type::file;
    const auto child = entries.lower_bound(path + "/");
    return child != entries.end() && is_below(child->first, path);
}

bool is_volume_name(const std::string& name) {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return name.size() >= 2 && letter(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) {
               return letter(c) || c == '_' || c == '.' || c == '-';
           });
}

/// The entries to store below `folder`, all or none.
Result<StoredEntries> unpack(const std::string& tar, const std::string& folder) {
    std::vector<TarEntry> listed;
    try {
        listed = read_tar(tar);
    } catch (const std::runtime_error& error) {
        return Refusal(
            RefusalReason::failed, std::string("Error processing tar file: ") + error.what()
        );
    }
    StoredEntries unpacked;
    for (TarEntry& entry : listed) {
        std::string path;
        if (!normalise_path(entry.path, path)) {
            return Refusal(
                RefusalReason::failed, "\"" + entry.path + "\" is outside of \"/" + folder + "\""
            );
        }
        if (path.empty()) continue;
        if (!folder.empty()) path.insert(0, folder + "/");
        unpacked[path] = {
            .type = entry.type,
            .content = std::move(entry.content),
            .mode = entry.mode,
            .uid = entry.uid,
            .gid = entry.gid
        };
    }
    return unpacked;
}

}  // namespace

std::vector<Volume> ModelDaemon::list_volumes(const Labels& labels) const {
    std::vector<Volume> list;
    for (const auto& [name, stored] : state_.volumes) {
        if (matches(stored.volume.labels, labels)) list.push_back(stored.volume);
    }
    return list;
}

std::optional<Volume> ModelDaemon::inspect_volume(const std::string& name) const {
    const auto found = state_.volumes.find(name);
    if (found == state_.volumes.end()) return std::nullopt;
    return found->second.volume;
}

Result<Volume> ModelDaemon::create_volume(const VolumeSpec& spec) {
    VolumeSpec asked = spec;
    const bool anonymous = asked.name.empty();
    if (anonymous) asked.name = new_id();
    const auto found = state_.volumes.find(asked.name);
    if (found != state_.volumes.end()) return found->second.volume;
    if (!is_volume_name(asked.name)) {
        return Refusal(
            RefusalReason::invalid,
            "create " + asked.name + ": \"" + asked.name +
                "\" includes invalid characters for a local volume name, only "
                "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed"
        );
    }
    StoredVolume stored;
    stored.volume = {
        .name = asked.name,
        .driver = "local",
        .labels = asked.labels,
        .created_at = to_rfc3339(now_)
    };
    stored.anonymous = anonymous;
    Volume shown = stored.volume;
    state_.volumes.emplace(asked.name, std::move(stored));
    emit("volume", "create", asked.name, {{"driver", "local"}});
    return shown;
}

Result<Effect> ModelDaemon::remove_volume(const std::string& name) {
    const auto found = state_.volumes.find(name);
    if (found == state_.volumes.end()) return Effect::unchanged;
    for (const auto& [id, container] : state_.containers) {
        for (const Mount& mount : container.shown.mounts) {
            if (mount.type != Mount::Type::volume || mount.source != name) continue;
            return Refusal(
                RefusalReason::conflict, "remove " + name + ": volume is in use - [" + id + "]"
            );
        }
    }
    state_.volumes.erase(found);
    emit("volume", "destroy", name, {{"driver", "local"}});
    return Effect::changed;
}

/// The mount with the longest matching target wins; what lies below none is in the container's own
/// layer.
ModelDaemon::Location ModelDaemon::locate(StoredContainer& container, const std::string& path) {
    const Mount* best = nullptr;
    std::string best_target;
    for (const Mount& mount : container.shown.mounts) {
        std::string target;
        if (!normalise_path(mount.target, target) || !is_below(path, target)) continue;
        if (best != nullptr && target.size() < best_target.size()) continue;
        best = &mount;
        best_target = target;
    }
    if (best == nullptr) {
        return {
            .entries = &container.files,
            .path = path,
            .read_only = container.read_only_root,
            .content_known = false
        };
    }
    const std::string inner =
        path.size() > best_target.size() ? path.substr(best_target.size() + 1) : "";
    const auto volume = state_.volumes.find(best->source);
    if (best->type != Mount::Type::volume || volume == state_.volumes.end()) {
        return {
            .entries = nullptr, .path = inner, .read_only = best->read_only, .content_known = false
        };
    }
    return {
        .entries = &volume->second.entries,
        .path = inner,
        .read_only = best->read_only,
        .content_known = volume->second.content_known
    };
}

Result<Effect> ModelDaemon::upload_archive(
    const std::string& id, const std::string& path, const std::string& tar
) {
    StoredContainer* container = find_container(id);
    if (container == nullptr) return Refusal(RefusalReason::not_found, "No such container: " + id);
    const Refusal missing(
        RefusalReason::not_found, "Could not find the file " + path + " in container " + id
    );
    std::string normal;
    if (!path.starts_with('/') || !normalise_path(path, normal)) return missing;
    const Location place = locate(*container, normal);
    if (place.entries != nullptr && place.content_known &&
        !has_folder(*place.entries, place.path)) {
        return missing;
    }
    if (place.read_only) {
        const bool root = place.entries == &container->files;
        return Refusal(
            RefusalReason::failed,
            root ? "container rootfs is marked read-only" : "mounted volume is marked read-only"
        );
    }
    auto unpacked = unpack(tar, place.path);
    if (!unpacked) return unpacked.error();
    // A tmpfs takes everything and shows nothing: each view of the engine has its own.
    if (place.entries == nullptr) return Effect::changed;
    for (auto& [name, entry] : *unpacked) (*place.entries)[name] = std::move(entry);
    emit("container", "extract-to-dir", container->shown.id, {{"path", path}});
    return Effect::changed;
}

}  // namespace vectis::docker
