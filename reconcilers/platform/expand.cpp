#include "reconcilers/platform/expand.hpp"

#include "reconcilers/core/image_context.hpp"
#include "reconcilers/core/template.hpp"
#include "resources/canonical.hpp"
#include "resources/kind.hpp"
#include "resources/yaml.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <utility>

namespace vectis::reconcilers {
namespace json = boost::json;
namespace {

using Values = std::map<std::string, json::value>;

constexpr const char* folder = "platform";

std::string read(const controller::Manifests& manifests, const std::string& path) {
    std::optional<std::string> text = manifests.read(path);
    if (!text) throw ManifestError("manifests/" + path + " is missing");
    return std::move(*text);
}

resources::FileFormat format_of(const json::object& file) {
    const json::value* name = file.if_contains("format");
    if (name == nullptr || !name->is_string()) return resources::FileFormat::text;
    for (const auto& [text, format] : resources::EnumNames<resources::FileFormat>::values) {
        if (text == std::string_view(name->as_string())) return format;
    }
    throw ManifestError("unknown file format '" + std::string(name->as_string()) + "'");
}

std::string rendered(const Rendered& result, const std::string& path) {
    if (!result.errors.empty())
        throw ManifestError("manifests/" + path + ": " + result.errors.front());
    return result.text;
}

/// What has a `when` is there only if that is true.
bool is_wanted(json::object& entry) {
    const json::value* when = entry.if_contains("when");
    if (when == nullptr) return true;
    if (!when->is_bool()) throw ManifestError("'when' must be true or false");
    const bool is_true = when->as_bool();
    entry.erase("when");
    return is_true;
}

/// A file entry that names a `template` gets its rendered `content` instead.
void fill_file(json::object& file, const controller::Manifests& manifests, const Values& values) {
    const json::value* name = file.if_contains("template");
    if (name == nullptr) return;
    if (!name->is_string()) throw ManifestError("a file's template must be a path");
    const std::string path(name->as_string());
    file["content"] = rendered(render(read(manifests, path), values, format_of(file)), path);
    file.erase("template");
}

void fill_folder(
    json::object& spec,
    const char* name,
    const controller::Manifests& manifests,
    const Values& values
) {
    json::value* section = spec.if_contains(name);
    if (section == nullptr || !section->is_object()) return;
    json::value* files = section->as_object().if_contains("files");
    if (files == nullptr || !files->is_array()) return;
    json::array wanted;
    for (json::value& file : files->as_array()) {
        if (file.is_object() && !is_wanted(file.as_object())) continue;
        if (file.is_object()) fill_file(file.as_object(), manifests, values);
        wanted.push_back(std::move(file));
    }
    files->as_array() = std::move(wanted);
}

/// So that a changed image definition is a change of the Workload, which the gate sees.
void name_context(json::object& spec, const controller::Manifests& manifests) {
    json::value* image = spec.if_contains("image");
    if (image == nullptr || !image->is_object()) return;
    const json::value* build = image->as_object().if_contains("build");
    if (build == nullptr || !build->is_string() || build->as_string().empty()) return;
    image->as_object()["context"] = image_context_hash(manifests, std::string(build->as_string()));
}

resources::Object child_of(
    const resources::Object& platform, json::object document, const std::string& path
) {
    const json::value* name = document.if_contains("kind");
    const resources::Kind* kind =
        name != nullptr && name->is_string() ? resources::find_kind(name->as_string()) : nullptr;
    if (kind == nullptr)
        throw ManifestError("manifests/" + path + ": a document has no known kind");
    if (const std::vector<resources::FieldError> errors = kind->validate(document);
        !errors.empty()) {
        throw ManifestError("manifests/" + path + ": " + resources::to_text(errors.front()));
    }
    resources::Object child = resources::from_json(document);
    child.metadata.owner_references = {
        {platform.kind, platform.metadata.name, platform.metadata.uid}
    };
    return child;
}

Wave wave_of(
    const resources::Object& platform,
    const std::string& path,
    const controller::Manifests& manifests,
    const Values& values
) {
    Wave wave{path, {}};
    const std::string text = rendered(render_yaml(read(manifests, path), values), path);
    resources::ParsedYaml parsed = resources::parse_yaml(text, "manifests/" + path);
    if (!parsed.errors.empty()) throw ManifestError(resources::to_text(parsed.errors.front()));
    for (resources::Document& document : parsed.documents) {
        if (!is_wanted(document.value)) continue;
        json::value* spec = document.value.if_contains("spec");
        if (spec != nullptr && spec->is_object()) {
            fill_folder(spec->as_object(), "files", manifests, values);
            fill_folder(spec->as_object(), "live", manifests, values);
            name_context(spec->as_object(), manifests);
        }
        wave.objects.push_back(child_of(platform, std::move(document.value), path));
    }
    return wave;
}

}  // namespace

std::string hash_of(const std::vector<Wave>& waves) {
    json::array all;
    for (const Wave& wave : waves) {
        for (const resources::Object& object : wave.objects)
            all.push_back(json::array{resources::to_text(resources::key_of(object)), object.spec});
    }
    return resources::hash(all);
}

Expansion expand(const resources::Object& platform, const controller::Manifests& manifests) {
    const Values values = platform_values(resources::view<resources::PlatformSpec>(platform.spec));
    std::vector<Wave> waves;
    for (const std::string& path : manifests.list(folder)) {
        if (!path.ends_with(".yaml")) continue;
        Wave wave = wave_of(platform, path, manifests, values);
        if (!wave.objects.empty()) waves.push_back(std::move(wave));
    }
    if (waves.empty()) throw ManifestError("manifests/platform has no *.yaml");
    std::string hash = hash_of(waves);
    return {std::move(waves), std::move(hash)};
}

}  // namespace vectis::reconcilers
