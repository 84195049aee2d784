#include "docker-client/answers.hpp"
#include "docker-client/http_engine.hpp"
#include "docker-client/ndjson.hpp"
#include "docker-client/reference.hpp"
#include "docker-client/wire.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace vectis::docker {
namespace json = boost::json;
namespace {

// Of a failed build's output, so much goes into the message.
constexpr std::size_t step_output_max = 1000;

/// What a stream of progress says besides progress: errors come after a 200.
class ProgressStream {
public:
    explicit ProgressStream(const ProgressSink& sink)
        : sink_(sink), lines_([this](const json::value& line) { take(line); }) {}
    ProgressStream(const ProgressStream&) = delete;
    ProgressStream& operator=(const ProgressStream&) = delete;

    BodySink body_sink() {
        return [this](std::string_view bytes) { lines_.feed(bytes); };
    }
    /// The refusal in the answer or in its stream, if there is one.
    std::optional<Refusal> refusal(const HttpResponse& response) {
        if (!is_success(response)) return refusal_of(response);
        lines_.finish();
        if (error_.empty()) return std::nullopt;
        return refusal_of(step_.empty() ? error_ : error_ + '\n' + step_);
    }
    const std::string& image_id() const { return image_id_; }
    bool was_up_to_date() const { return was_up_to_date_; }

private:
    void take(const json::value& line) {
        const std::string error = wire::decode_error(line);
        if (!error.empty()) error_ = error;
        const std::string id = wire::text_at(wire::member(line, "aux"), "ID");
        if (!id.empty()) image_id_ = id;
        const Progress progress = wire::decode_progress(line);
        if (progress.status.starts_with("Status: Image is up to date")) was_up_to_date_ = true;
        remember_step(wire::text_at(line, "stream"));
        if (sink_) sink_(progress);
    }
    /// Keeps the running step of a build and the end of what it wrote.
    void remember_step(const std::string& output) {
        if (output.starts_with("Step ")) step_.clear();
        step_ += output;
        if (step_.size() > step_output_max) step_.erase(0, step_.size() - step_output_max);
    }

    const ProgressSink& sink_;
    std::string error_;
    std::string image_id_;
    std::string step_;
    bool was_up_to_date_ = false;
    JsonLines lines_;
};

/// The parameters of POST /images/create. Without a tag the engine would pull all there are.
std::string pull_query(const std::string& reference) {
    const ImageReference parts = parse_reference(reference);
    if (!parts.digest.empty()) return "fromImage=" + percent_encode(reference);
    const std::string tag = parts.tag.empty() ? "latest" : parts.tag;
    return "fromImage=" + percent_encode(parts.name) + "&tag=" + percent_encode(tag);
}

std::string build_query(const BuildSpec& spec) {
    std::string query = "?version=1&rm=1&forcerm=1";
    if (!spec.tag.empty()) query += "&t=" + percent_encode(spec.tag);
    if (spec.no_cache) query += "&nocache=1";
    if (!spec.arguments.empty()) {
        query +=
            "&buildargs=" + percent_encode(json::serialize(wire::encode_labels(spec.arguments)));
    }
    if (!spec.labels.empty()) {
        query += "&labels=" + percent_encode(json::serialize(wire::encode_labels(spec.labels)));
    }
    return query;
}

std::string image_path(const std::string& reference) {
    return "/images/" + percent_encode(exact_image(reference));
}

}  // namespace

std::optional<Image> HttpEngine::find_image(const std::string& reference, const Limit& limit) {
    const std::optional<json::value> found = find(image_path(reference) + "/json", limit);
    if (!found) return std::nullopt;
    return wire::decode_image(*found);
}

std::optional<Image> HttpEngine::inspect_image(const std::string& reference, const Call& call) {
    return find_image(reference, limit_of(call));
}

std::vector<Image> HttpEngine::list_images(const Labels& labels, const Call& call) {
    std::vector<Image> out;
    const std::string filters = percent_encode(wire::label_filter(labels));
    const json::value list = ask("/images/json?filters=" + filters, limit_of(call));
    if (!list.is_array()) return out;
    for (const json::value& item : list.as_array()) out.push_back(wire::decode_image(item));
    std::ranges::sort(out, [](const Image& a, const Image& b) {
        return std::tie(a.tags, a.id) < std::tie(b.tags, b.id);
    });
    return out;
}

Result<Effect> HttpEngine::pull_image(
    const std::string& reference, const ProgressSink& sink, const Call& call
) {
    const Limit limit = limit_of(call);
    ProgressStream stream(sink);
    const HttpResponse response = send(
        {.method = "POST", .target = "/images/create?" + pull_query(reference)},
        limit,
        stream.body_sink()
    );
    if (const auto refusal = stream.refusal(response)) return *refusal;
    return stream.was_up_to_date() ? Effect::unchanged : Effect::changed;
}

Result<std::string> HttpEngine::build_image(
    const BuildSpec& spec, const ProgressSink& sink, const Call& call
) {
    const Limit limit = limit_of(call);
    ProgressStream stream(sink);
    const HttpResponse response = send(
        {.method = "POST",
         .target = "/build" + build_query(spec),
         .body = spec.context,
         .content_type = "application/x-tar"},
        limit,
        stream.body_sink()
    );
    if (const auto refusal = stream.refusal(response)) return *refusal;
    if (!stream.image_id().empty()) return stream.image_id();
    return Refusal{RefusalReason::failed, "the build of " + spec.tag + " ended without an image"};
}

Result<std::string> HttpEngine::import_image(
    const std::string& path, const std::string& tag, const Call& call
) {
    const Limit limit = limit_of(call);
    const ImageReference parts = parse_reference(tag);
    std::string target = "/images/create?fromSrc=-&repo=" + percent_encode(parts.name);
    if (!parts.tag.empty()) target += "&tag=" + percent_encode(parts.tag);
    const ProgressSink ignore;
    ProgressStream stream(ignore);
    const HttpResponse response = send(
        {.method = "POST", .target = target, .body_file = path, .content_type = "application/x-tar"
        },
        limit,
        stream.body_sink()
    );
    if (const auto refusal = stream.refusal(response)) return *refusal;
    const auto image = after_effect([&] { return find_image(tag, limit); });
    if (image) return image->id;
    return Refusal{RefusalReason::failed, "the import of " + tag + " ended without an image"};
}

Result<Effect> HttpEngine::remove_image(const std::string& reference, const Call& call) {
    return effect_of(remove(image_path(reference), limit_of(call)), 404);
}

}  // namespace vectis::docker
