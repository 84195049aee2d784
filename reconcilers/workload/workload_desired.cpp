#include "reconcilers/workload/workload_desired.hpp"

#include "reconcilers/core/keyed_hash.hpp"
#include "reconcilers/core/secret_reference.hpp"
#include "reconcilers/core/template.hpp"
#include "resources/canonical.hpp"
#include "resources/workload/workload.hpp"

#include <boost/json/object.hpp>

#include <charconv>
#include <optional>
#include <set>

namespace vectis::reconcilers {
namespace json = boost::json;
namespace {

using resources::WorkloadFile;

int octal(const std::string& mode) {
    int value = 0644;
    std::from_chars(mode.data(), mode.data() + mode.size(), value, 8);
    return value;
}

std::string parent_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string{} : path.substr(0, slash);
}

/// Folders first, so that they exist with known permissions.
void add_folders(std::vector<docker::TarEntry>& entries, const std::vector<WorkloadFile>& files) {
    std::set<std::string> folders;
    for (const WorkloadFile& file : files) {
        for (std::string folder = parent_of(file.path); !folder.empty(); folder = parent_of(folder))
            folders.insert(folder);
    }
    for (const std::string& folder : folders)
        entries.push_back(
            {.path = folder, .type = docker::TarEntry::Type::folder, .content = {}, .mode = 0755}
        );
}

std::vector<docker::TarEntry> render(
    const std::vector<WorkloadFile>& files, controller::Secrets& secrets
) {
    std::vector<docker::TarEntry> entries;
    add_folders(entries, files);
    const auto lookup = [&](const std::string& reference) -> std::optional<std::string> {
        return secret_value(secrets, reference);
    };
    for (const WorkloadFile& file : files) {
        const Rendered rendered = resolve_secrets(file.content, file.format, lookup);
        if (!rendered.errors.empty())
            throw MissingReference("file " + file.path + ": " + rendered.errors.front());
        docker::TarEntry entry;
        entry.path = file.path;
        entry.content = rendered.text;
        entry.mode = octal(file.mode);
        entry.uid = file.uid;
        entry.gid = file.gid;
        entries.push_back(std::move(entry));
    }
    return entries;
}

std::string hash_of(const std::vector<docker::TarEntry>& entries, const std::string& key) {
    json::array content;
    for (const docker::TarEntry& entry : entries) {
        content.push_back(json::array{entry.path, entry.content, entry.mode, entry.uid, entry.gid});
    }
    return keyed_hash(key, resources::canonical(content));
}

void reduce_to_path(json::object& spec, const char* folder) {
    json::value* value = spec.if_contains(folder);
    if (value == nullptr || !value->is_object()) return;
    const json::value* path = value->as_object().if_contains("path");
    *value = path != nullptr ? *path : json::value{};
}

/// The parts of the spec that a container and its files are made from. The image has a name of its
/// own; the probe, the update policy and the content of live files take effect without a new
/// container.
json::object made_with_files_from(const json::object& spec) {
    json::object out = spec;
    for (const char* name : {"image", "probe", "update"}) out.erase(name);
    reduce_to_path(out, "live");
    return out;
}

/// The same without the files, which have a hash of their own.
json::object made_from(const json::object& spec) {
    json::object out = made_with_files_from(spec);
    reduce_to_path(out, "files");
    return out;
}

json::object live_part(const json::object& spec) {
    const json::value* live = spec.if_contains("live");
    return live == nullptr ? json::object{} : json::object{{"live", *live}};
}

void note_changes(DesiredWorkload& desired, const json::object& stable, const json::object& now) {
    if (stable == now) return;
    desired.changes = resources::diff(made_with_files_from(stable), made_with_files_from(now));
    desired.live_changes = resources::diff(live_part(stable), live_part(now));
}

}  // namespace

std::string secret_value(controller::Secrets& secrets, const std::string& reference) {
    const std::optional<std::string> value = find_secret(secrets, reference);
    if (!value) throw MissingReference("secret " + reference + " is not there yet");
    return *value;
}

RenderedFiles render_files(const resources::WorkloadSpec& spec, controller::Secrets& secrets) {
    return {render(spec.files.files, secrets), render(spec.live.files, secrets)};
}

DesiredWorkload desired_workload(const DesiredInputs& inputs) {
    DesiredWorkload desired;
    desired.component = inputs.object.metadata.name;
    desired.spec = resources::view<resources::WorkloadSpec>(inputs.object.spec);
    desired.is_deleted = resources::is_being_deleted(inputs.object);
    desired.image = inputs.image.reference;
    desired.image_id = inputs.image.id;
    desired.spec_hash = resources::hash(made_from(inputs.object.spec));
    const std::string prefix = engine_name(inputs.identity, desired.component);
    if (!inputs.files.files.empty()) {
        desired.files_hash = hash_of(inputs.files.files, inputs.installation_key);
        desired.files_volume = prefix + "-files-" + desired.files_hash.substr(0, 12);
    }
    if (!inputs.files.live.empty()) {
        desired.live_hash = hash_of(inputs.files.live, inputs.installation_key);
        desired.live_volume = prefix + "-live";
    }
    const auto name_networks = [&](const resources::WorkloadSpec& spec) {
        for (const resources::NetworkAttachment& attachment : spec.networks)
            desired.networks[attachment.network] = engine_name(inputs.identity, attachment.network);
    };
    name_networks(desired.spec);
    if (inputs.stable_spec != nullptr) {
        desired.stable_spec = resources::view<resources::WorkloadSpec>(*inputs.stable_spec);
        note_changes(desired, *inputs.stable_spec, inputs.object.spec);
        name_networks(*desired.stable_spec);
    }
    for (const resources::VolumeMount& mount : desired.spec.volumes)
        desired.volumes[mount.volume] = engine_name(inputs.identity, mount.volume);
    return desired;
}

}  // namespace vectis::reconcilers
