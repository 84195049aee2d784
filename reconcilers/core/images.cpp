#include "reconcilers/core/images.hpp"

#include "docker-client/tar.hpp"
#include "resources/canonical.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

namespace vectis::reconcilers {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

docker::Call call_with(std::chrono::milliseconds deadline, std::stop_token stop) {
    return {.deadline = deadline, .stop = std::move(stop), .node = "local"};
}

std::string folder_of(const std::string& build) {
    return "images/" + build;
}

/// "v1:0123…" without what a tag may not contain.
std::string tag_text(const std::string& hash) {
    const std::size_t colon = hash.find(':');
    return hash.substr(colon == std::string::npos ? 0 : colon + 1, 12);
}

std::string progress_text(const docker::Progress& progress) {
    std::string text = progress.id.empty() ? progress.status : progress.id + ": " + progress.status;
    if (progress.total_bytes > 0)
        text += ' ' + std::to_string(progress.current_bytes * 100 / progress.total_bytes) + " %";
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
}

std::string shortened(const std::string& text) {
    constexpr std::size_t size_max = 60;
    return text.size() <= size_max ? text : text.substr(0, size_max) + "…";
}

/// Only lines that people can follow: steps and downloads, not the output of each command.
docker::ProgressSink steps_to(const Jobs::Report& report, const std::string& what) {
    return [&report, what](const docker::Progress& progress) {
        const std::string text = progress_text(progress);
        if (text.starts_with("Step ") || !progress.id.empty())
            report(what + ": " + shortened(text));
    };
}

}  // namespace

Images::Images(
    docker::Engine& engine,
    const controller::Manifests& manifests,
    Jobs& jobs,
    docker::Labels labels
)
    : engine_(engine), manifests_(manifests), jobs_(jobs), labels_(std::move(labels)) {}

ResolvedImage Images::resolve(const resources::ImageSource& source, std::stop_token stop) {
    const docker::Call call = call_with(seconds(20), stop);
    if (source.build.empty()) return {source.reference, id_of(source.reference, call)};
    const std::string base = id_of(base_of(source.build), call);
    if (base.empty()) return {"vectis/" + source.build, {}};
    const std::string tag = tag_of(source, base);
    return {tag, id_of(tag, call)};
}

std::string Images::id_of(const std::string& reference, const docker::Call& call) {
    {
        const std::scoped_lock lock(mutex_);
        if (const auto known = ids_.find(reference); known != ids_.end()) return known->second;
    }
    const std::optional<docker::Image> image = engine_.inspect_image(reference, call);
    if (!image) return {};
    const std::scoped_lock lock(mutex_);
    ids_[reference] = image->id;
    return image->id;
}

void Images::forget() {
    const std::scoped_lock lock(mutex_);
    ids_.clear();
}

JobStatus Images::ensure(const resources::ImageSource& source, const resources::ObjectKey& key) {
    const std::string name = source.build.empty() ? "pull " + source.reference
                                                  : "build " + source.build + ' ' + source.revision;
    return jobs_
        .ensure(name, key, [this, source](const Jobs::Report& report, std::stop_token stop) {
            return make(source, report, std::move(stop));
        });
}

std::string Images::make(
    const resources::ImageSource& source, const Jobs::Report& report, std::stop_token stop
) {
    if (source.build.empty()) return pull(source.reference, report, std::move(stop));
    const std::string base = base_of(source.build);
    std::optional<docker::Image> base_image =
        engine_.inspect_image(base, call_with(seconds(20), stop));
    if (!base_image) {
        if (const std::string problem = pull(base, report, stop); !problem.empty()) {
            return "base image " + base + " is not on the engine and cannot be pulled (" + problem +
                   "); import it: scripts/base-image";
        }
        base_image = engine_.inspect_image(base, call_with(seconds(20), stop));
        if (!base_image) return "base image " + base + " is gone again";
    }
    docker::BuildSpec spec;
    spec.context = context_of(source.build);
    spec.tag = tag_of(source, base_image->id);
    spec.labels = labels_;
    spec.no_cache = !source.revision.empty();
    report("building image " + spec.tag);
    const docker::Result<std::string> built = engine_.build_image(
        spec, steps_to(report, "building " + source.build), call_with(minutes(20), stop)
    );
    return built ? std::string{} : "build image '" + spec.tag + "': " + built.error().message();
}

std::string Images::pull(
    const std::string& reference, const Jobs::Report& report, std::stop_token stop
) {
    report("pulling image " + reference);
    const docker::Result<docker::Effect> pulled = engine_.pull_image(
        reference, steps_to(report, "pulling " + reference), call_with(minutes(30), std::move(stop))
    );
    return pulled ? std::string{} : "pull image '" + reference + "': " + pulled.error().message();
}

std::string Images::base_of(const std::string& build) const {
    const std::optional<std::string> dockerfile = manifests_.read(folder_of(build) + "/Dockerfile");
    if (!dockerfile)
        throw std::runtime_error(
            "there is no image definition '" + build + "': manifests/images/" + build +
            "/Dockerfile is missing"
        );
    std::istringstream lines(*dockerfile);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("FROM ")) return line.substr(5, line.find(' ', 5) - 5);
    }
    throw std::runtime_error("manifests/images/" + build + "/Dockerfile has no FROM line");
}

std::string Images::context_of(const std::string& build) const {
    const std::string folder = folder_of(build);
    std::vector<docker::TarEntry> entries;
    for (const std::string& path : manifests_.list(folder)) {
        docker::TarEntry entry;
        entry.path = path.substr(folder.size() + 1);
        entry.content = manifests_.read(path).value_or("");
        entry.mode = entry.content.starts_with("#!") ? 0755 : 0644;
        entries.push_back(std::move(entry));
    }
    return docker::make_tar(entries);
}

std::string Images::tag_of(const resources::ImageSource& source, const std::string& base_id) const {
    boost::json::array inputs;
    const std::string folder = folder_of(source.build);
    for (const std::string& path : manifests_.list(folder)) {
        inputs.emplace_back(path);
        inputs.emplace_back(manifests_.read(path).value_or(""));
    }
    inputs.emplace_back(base_id);
    inputs.emplace_back(source.revision);
    return "vectis/" + source.build + ':' + tag_text(resources::hash(inputs));
}

}  // namespace vectis::reconcilers
