#include "docker-client/model/model_daemon.hpp"
#include "docker-client/model/model_text.hpp"

#include <algorithm>

namespace vectis::docker {
namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

/// The images that a Dockerfile starts from. Stages and arguments are left out: they are no images.
std::vector<std::string> base_images(const std::string& dockerfile) {
    std::vector<std::string> bases;
    std::vector<std::string> stages{"scratch"};
    std::size_t start = 0;
    while (start < dockerfile.size()) {
        const std::size_t end = std::min(dockerfile.find('\n', start), dockerfile.size());
        const std::vector<std::string> words = split_words(dockerfile.substr(start, end - start));
        start = end + 1;
        if (words.size() < 2 || lower(words[0]) != "from") continue;
        const std::string& base = words[1];
        const bool variable = base.find('$') != std::string::npos || base.starts_with("--");
        const bool stage = std::find(stages.begin(), stages.end(), base) != stages.end();
        if (!variable && !stage) bases.push_back(base);
        if (words.size() >= 4 && lower(words[2]) == "as") stages.push_back(words[3]);
    }
    return bases;
}

/// Takes a tag away from whichever image has it.
void untag(std::map<std::string, Image>& images, const std::string& tag) {
    for (auto& [id, image] : images) std::erase(image.tags, tag);
}

}  // namespace

const Image* ModelDaemon::find_image(const std::string& reference) const {
    if (reference.empty()) return nullptr;
    if (const auto found = state_.images.find(reference); found != state_.images.end()) {
        return &found->second;
    }
    const std::string tag = with_default_tag(reference);
    for (const auto& [id, image] : state_.images) {
        if (std::find(image.tags.begin(), image.tags.end(), tag) != image.tags.end()) return &image;
    }
    return nullptr;
}

std::optional<Image> ModelDaemon::inspect_image(const std::string& reference) const {
    const Image* image = find_image(reference);
    if (image == nullptr) return std::nullopt;
    return *image;
}

std::vector<Image> ModelDaemon::list_images(const Labels& labels) const {
    std::vector<Image> list;
    for (const auto& [id, image] : state_.images) {
        if (matches(image.labels, labels)) list.push_back(image);
    }
    std::sort(list.begin(), list.end(), [](const Image& a, const Image& b) {
        return std::tie(a.tags, a.id) < std::tie(b.tags, b.id);
    });
    return list;
}

void ModelDaemon::add_image(Image image) {
    for (std::string& tag : image.tags) {
        tag = with_default_tag(tag);
        untag(state_.images, tag);
    }
    const auto [place, added] = state_.images.try_emplace(image.id, image);
    if (added) return;
    std::vector<std::string>& tags = place->second.tags;
    tags.insert(tags.end(), image.tags.begin(), image.tags.end());
    sort_unique(tags);
}

Result<Effect> ModelDaemon::pull_image(const std::string& reference) {
    const std::string name = with_default_tag(reference);
    if (state_.is_registry_whole && !state_.registry.contains(name))
        state_.registry[name] = Image{.id = "sha256:" + content_id(name), .tags = {name}};
    const auto offered = state_.registry.find(name);
    if (offered == state_.registry.end()) {
        return Refusal(
            RefusalReason::not_found,
            "manifest for " + with_default_tag(reference) + " not found: manifest unknown"
        );
    }
    const Image* present = find_image(name);
    const bool is_up_to_date = present != nullptr && present->id == offered->second.id;
    add_image(offered->second);
    emit("image", "pull", name);
    return is_up_to_date ? Effect::unchanged : Effect::changed;
}

Result<std::string> ModelDaemon::build_image(const BuildSpec& spec) {
    std::vector<TarEntry> context;
    try {
        context = read_tar(spec.context);
    } catch (const std::runtime_error& error) {
        return Refusal(
            RefusalReason::failed, std::string("Error processing tar file: ") + error.what()
        );
    }
    const auto dockerfile = std::find_if(context.begin(), context.end(), [](const TarEntry& entry) {
        return entry.path == "Dockerfile" || entry.path == "./Dockerfile";
    });
    if (dockerfile == context.end()) {
        return Refusal(RefusalReason::failed, "Cannot locate specified Dockerfile: Dockerfile");
    }
    std::string input = spec.context + '\n' + spec.tag;
    for (const auto& [name, value] : spec.arguments)
        input.append("\n").append(name).append("=").append(value);
    for (const std::string& base : base_images(dockerfile->content)) {
        if (find_image(base) == nullptr) {
            if (auto pulled = pull_image(base); !pulled) return pulled.error();
        }
        input.append("\n").append(find_image(base)->id);
    }
    if (spec.no_cache) input.append("\n").append(std::to_string(++state_.ids_given));
    Image built{
        .id = "sha256:" + content_id(input),
        .labels = spec.labels,
        .size_bytes = static_cast<std::int64_t>(spec.context.size())
    };
    if (!spec.tag.empty()) built.tags.push_back(spec.tag);
    std::string id = built.id;
    add_image(std::move(built));
    if (!spec.tag.empty()) emit("image", "tag", id, {{"name", with_default_tag(spec.tag)}});
    return id;
}

Result<std::string> ModelDaemon::import_image(const std::string& content, const std::string& tag) {
    Image image{
        .id = "sha256:" + content_id(content),
        .size_bytes = static_cast<std::int64_t>(content.size())
    };
    if (!tag.empty()) image.tags.push_back(tag);
    std::string id = image.id;
    add_image(std::move(image));
    emit("image", "import", id);
    return id;
}

Result<Effect> ModelDaemon::remove_image(const std::string& reference) {
    const Image* image = find_image(reference);
    if (image == nullptr) return Effect::unchanged;
    const std::string id = image->id;
    const bool by_id = reference == id;
    const bool last = by_id ? true : image->tags.size() <= 1;
    if (last) {
        for (const auto& [container_id, container] : state_.containers) {
            if (container.shown.image_id != id) continue;
            return Refusal(
                RefusalReason::conflict,
                "conflict: unable to remove repository reference \"" + reference +
                    "\" (must force) - container " + container_id +
                    " is using its referenced image " + id
            );
        }
    }
    if (by_id && image->tags.size() > 1) {
        return Refusal(
            RefusalReason::conflict,
            "conflict: unable to delete " + id +
                " (must be forced) - image is referenced in multiple repositories"
        );
    }
    emit("image", last ? "delete" : "untag", id);
    if (last) {
        state_.images.erase(id);
    } else {
        std::erase(state_.images.at(id).tags, with_default_tag(reference));
    }
    return Effect::changed;
}

}  // namespace vectis::docker
