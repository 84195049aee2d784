#include "reconcilers/core/images.hpp"

#include "reconcilers/core/image_context.hpp"
#include "resources/canonical.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <utility>

namespace vectis::reconcilers {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

docker::Call call_with(std::chrono::milliseconds deadline, std::stop_token stop) {
    return {.deadline = deadline, .stop = std::move(stop), .node = "local"};
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
    const std::string tag = tag_of(source);
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

bool Images::resync(std::stop_token stop) {
    std::map<std::string, std::string> known;
    {
        const std::scoped_lock lock(mutex_);
        known = ids_;
    }
    bool is_changed = false;
    for (const auto& [reference, id] : known) {
        const std::optional<docker::Image> image =
            engine_.inspect_image(reference, call_with(seconds(20), stop));
        if (image && image->id == id) continue;
        is_changed = true;
        forget();
    }
    return is_changed;
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
    if (!source.context.empty() && source.context != image_context_hash(manifests_, source.build)) {
        return "image " + tag_of(source) +
               " is not on the engine any more, and this version of Vectis defines '" +
               source.build + "' differently: it cannot be built again";
    }
    const std::string base = image_base(manifests_, source.build);
    if (!engine_.inspect_image(base, call_with(seconds(20), stop))) {
        if (const std::string problem = pull(base, report, stop); !problem.empty()) {
            return "base image " + base + " is not on the engine and cannot be pulled (" + problem +
                   "); import it: .ci/base-image";
        }
    }
    docker::BuildSpec spec;
    spec.context = image_context(manifests_, source.build);
    spec.tag = tag_of(source);
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
    return pulled
               ? std::string{}
               : "pull image '" + reference + "': " + pulled.error().message() +
                     "; check its name and the way to its registry, or bring it with docker load";
}

std::string Images::tag_of(const resources::ImageSource& source) const {
    const std::string context =
        source.context.empty() ? image_context_hash(manifests_, source.build) : source.context;
    return "vectis/" + source.build + ':' +
           tag_text(resources::hash(boost::json::array{context, source.revision}));
}

}  // namespace vectis::reconcilers
