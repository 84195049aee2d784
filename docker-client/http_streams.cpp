#include "docker-client/answers.hpp"
#include "docker-client/frames.hpp"
#include "docker-client/http_engine.hpp"
#include "docker-client/ndjson.hpp"
#include "docker-client/wire.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <sstream>

/// The verbs whose answers are streams: images, archives, exec, logs and events.
namespace vectis::docker {
namespace json = boost::json;
namespace {

constexpr std::size_t output_size_max = 16U << 20U;

/// What a progress stream said besides progress.
struct StreamOutcome {
    std::string error{};
    std::string image_id{};
};

JsonLines::Sink progress_to(const ProgressSink& sink, StreamOutcome& outcome) {
    return [&sink, &outcome](const json::value& line) {
        const std::string error = wire::text_at(wire::member(line, "errorDetail"), "message");
        if (!error.empty())
            outcome.error = error;
        else if (const std::string text = wire::text_at(line, "error"); !text.empty())
            outcome.error = text;
        if (const std::string id = wire::text_at(wire::member(line, "aux"), "ID"); !id.empty())
            outcome.image_id = id;
        if (sink) sink(wire::decode_progress(line));
    };
}

/// "repo:tag" or "repo@digest" → the parameters of POST /images/create.
std::string pull_query(const std::string& reference) {
    const std::size_t slash = reference.rfind('/');
    const std::size_t colon = reference.find(':', slash == std::string::npos ? 0 : slash);
    const bool has_digest = reference.find('@') != std::string::npos;
    if (has_digest || colon == std::string::npos)
        return "fromImage=" + percent_encode(reference) + (has_digest ? "" : "&tag=latest");
    return "fromImage=" + percent_encode(reference.substr(0, colon)) +
           "&tag=" + percent_encode(reference.substr(colon + 1));
}

json::object text_map(const std::map<std::string, std::string>& values) {
    json::object out;
    for (const auto& [name, value] : values) out[name] = value;
    return out;
}

}  // namespace

std::optional<Image> HttpEngine::inspect_image(const std::string& reference, const Call& call) {
    const std::optional<json::value> found =
        find("/images/" + percent_encode(reference) + "/json", call);
    if (!found) return std::nullopt;
    return wire::decode_image(*found);
}

std::vector<Image> HttpEngine::list_images(const Labels& labels, const Call& call) {
    std::vector<Image> out;
    const json::value list =
        ask("/images/json?filters=" + percent_encode(wire::label_filter(labels)), call);
    if (!list.is_array()) return out;
    for (const json::value& item : list.as_array()) out.push_back(wire::decode_image(item));
    std::sort(out.begin(), out.end(), [](const Image& a, const Image& b) {
        return a.tags < b.tags;
    });
    return out;
}

Result<Effect> HttpEngine::pull_image(
    const std::string& reference, const ProgressSink& sink, const Call& call
) {
    StreamOutcome outcome;
    JsonLines lines(progress_to(sink, outcome));
    const HttpResponse response = send(
        {.method = "POST", .target = "/images/create?" + pull_query(reference)},
        call,
        [&](std::string_view bytes) { lines.feed(bytes); }
    );
    if (!is_success(response)) return refusal_of(response);
    lines.finish();
    if (!outcome.error.empty()) return refusal_of(outcome.error);
    return Effect::changed;
}

Result<std::string> HttpEngine::build_image(
    const BuildSpec& spec, const ProgressSink& sink, const Call& call
) {
    std::string target = "/build?version=1&rm=1&forcerm=1&t=" + percent_encode(spec.tag);
    if (spec.no_cache) target += "&nocache=1";
    if (!spec.arguments.empty())
        target += "&buildargs=" + percent_encode(json::serialize(text_map(spec.arguments)));
    if (!spec.labels.empty())
        target += "&labels=" + percent_encode(json::serialize(text_map(spec.labels)));
    StreamOutcome outcome;
    std::string last;  // output of the step that runs, for the error
    const ProgressSink remember = [&](const Progress& progress) {
        if (!progress.status.empty())
            last = (last + progress.status)
                       .substr(
                           last.size() + progress.status.size() > 1000
                               ? last.size() + progress.status.size() - 1000
                               : 0
                       );
        if (sink) sink(progress);
    };
    JsonLines lines(progress_to(remember, outcome));
    const HttpResponse response = send(
        {.method = "POST",
         .target = target,
         .body = spec.context,
         .content_type = "application/x-tar"},
        call,
        [&](std::string_view bytes) { lines.feed(bytes); }
    );
    if (!is_success(response)) return refusal_of(response);
    lines.finish();
    if (!outcome.error.empty()) return refusal_of(outcome.error + "\n" + last);
    if (const std::optional<Image> built = inspect_image(spec.tag, call)) return built->id;
    return Refusal{RefusalReason::failed, "the build of " + spec.tag + " ended without an image"};
}

Result<std::string> HttpEngine::import_image(
    const std::string& path, const std::string& tag, const Call& call
) {
    const std::size_t colon = tag.rfind(':');
    const std::string target =
        "/images/create?fromSrc=-&repo=" + percent_encode(tag.substr(0, colon)) +
        (colon == std::string::npos ? std::string{}
                                    : "&tag=" + percent_encode(tag.substr(colon + 1)));
    StreamOutcome outcome;
    const ProgressSink ignore;
    JsonLines lines(progress_to(ignore, outcome));
    const HttpResponse response = send(
        {.method = "POST", .target = target, .body_file = path, .content_type = "application/x-tar"
        },
        call,
        [&](std::string_view bytes) { lines.feed(bytes); }
    );
    if (!is_success(response)) return refusal_of(response);
    lines.finish();
    if (!outcome.error.empty()) return refusal_of(outcome.error);
    if (const std::optional<Image> image = inspect_image(tag, call)) return image->id;
    return Refusal{RefusalReason::failed, "the import of " + tag + " ended without an image"};
}

Result<Effect> HttpEngine::remove_image(const std::string& reference, const Call& call) {
    const HttpResponse response =
        send({.method = "DELETE", .target = "/images/" + percent_encode(reference)}, call);
    if (response.status == 404) return Effect::unchanged;
    if (!is_success(response)) return refusal_of(response);
    return Effect::changed;
}

Result<Effect> HttpEngine::upload_archive(
    const std::string& id, const std::string& path, const std::string& tar, const Call& call
) {
    const std::string target =
        "/containers/" + percent_encode(id) +
        "/archive?noOverwriteDirNonDir=1&copyUIDGID=1&path=" + percent_encode(path);
    const HttpResponse response = send(
        {.method = "PUT", .target = target, .body = tar, .content_type = "application/x-tar"}, call
    );
    if (!is_success(response)) return refusal_of(response);
    return Effect::changed;
}

Result<ExecResult> HttpEngine::exec(const std::string& id, const ExecSpec& spec, const Call& call) {
    json::object body{
        {"AttachStdout", true},
        {"AttachStderr", true},
        {"Cmd", json::array(spec.command.begin(), spec.command.end())}
    };
    if (!spec.user.empty()) body["User"] = spec.user;
    const HttpResponse created = post("/containers/" + percent_encode(id) + "/exec", body, call);
    if (!is_success(created)) return refusal_of(created);
    const std::string exec_id = wire::text_at(parse_body(created), "Id");
    ExecResult result;
    FrameReader frames([&](StreamKind kind, std::string_view bytes) {
        std::string& out = kind == StreamKind::out ? result.output : result.error_output;
        if (out.size() + bytes.size() <= output_size_max) out.append(bytes);
    });
    const HttpResponse started = send(
        {.method = "POST",
         .target = "/exec/" + exec_id + "/start",
         .body = R"({"Detach":false,"Tty":false})",
         .content_type = "application/json"},
        call,
        [&](std::string_view bytes) { frames.feed(bytes); }
    );
    if (!is_success(started)) return refusal_of(started);
    result.exit_code = wire::number_at(ask("/exec/" + exec_id + "/json", call), "ExitCode");
    return result;
}

Result<Effect> HttpEngine::logs(
    const std::string& id, const LogOptions& options, const LogSink& sink, const Call& call
) {
    std::string target = "/containers/" + percent_encode(id) + "/logs?stdout=1&stderr=1";
    if (options.follow) target += "&follow=1";
    if (options.timestamps) target += "&timestamps=1";
    if (options.tail_lines >= 0) target += "&tail=" + std::to_string(options.tail_lines);
    if (options.since)
        target +=
            "&since=" +
            std::to_string(
                std::chrono::floor<std::chrono::seconds>(*options.since).time_since_epoch().count()
            );
    FrameReader frames(sink);
    try {
        const HttpResponse response = send(
            {.target = target},
            call,
            [&](std::string_view bytes) { frames.feed(bytes); },
            options.follow ? Pace::endless : Pace::bounded
        );
        if (!is_success(response)) return refusal_of(response);
    } catch (const EngineError&) {
        if (!options.follow || !call.stop.stop_requested()) throw;  // the caller has seen enough
    }
    return Effect::unchanged;
}

void HttpEngine::events(std::optional<Time> since, const EventSink& sink, const Call& call) {
    std::string target = "/events";
    if (since) {
        const auto nanoseconds = since->time_since_epoch().count();
        std::string fraction = std::to_string(nanoseconds % 1'000'000'000);
        fraction.insert(0, 9 - fraction.size(), '0');
        target += "?since=" + std::to_string(nanoseconds / 1'000'000'000) + '.' + fraction;
    }
    JsonLines lines([&](const json::value& line) { sink(wire::decode_event(line)); });
    try {
        const HttpResponse response = send(
            {.target = target},
            call,
            [&](std::string_view bytes) { lines.feed(bytes); },
            Pace::endless
        );
        if (!is_success(response))
            throw EngineError(
                EngineError::Outcome::unknown, "GET /events: " + refusal_of(response).message()
            );
    } catch (const EngineError&) {
        if (call.stop.stop_requested()) return;
        throw;
    }
    if (!call.stop.stop_requested())
        throw EngineError(EngineError::Outcome::unknown, "the engine closed the stream of events");
}

}  // namespace vectis::docker
