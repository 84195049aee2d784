#include "docker-client/answers.hpp"
#include "docker-client/frames.hpp"
#include "docker-client/http_engine.hpp"
#include "docker-client/ndjson.hpp"
#include "docker-client/wire.hpp"

#include <boost/json/array.hpp>

/// Archives, exec, logs and events.
namespace vectis::docker {
namespace json = boost::json;
namespace {

using Outcome = EngineError::Outcome;

constexpr std::size_t output_size_max = 16U << 20U;
// Nothing tells when a command ends that has closed its streams before.
constexpr std::chrono::milliseconds exec_poll_interval{25};

/// Both streams of a command, up to a size together. What is more is read and counted only: the
/// command would wait for a reader otherwise.
class Output {
public:
    void add(StreamKind kind, std::string_view bytes) {
        size_ += bytes.size();
        if (size_ > output_size_max) return;
        (kind == StreamKind::out ? result_.output : result_.error_output).append(bytes);
    }
    bool is_too_large() const { return size_ > output_size_max; }
    ExecResult finish(std::int64_t exit_code) {
        result_.exit_code = exit_code;
        return std::move(result_);
    }

private:
    ExecResult result_;
    std::uint64_t size_ = 0;
};

void check_whole(const FrameReader& frames) {
    if (frames.is_whole()) return;
    throw EngineError(Outcome::unknown, "the engine's stream ended in the middle of a frame");
}

std::string logs_query(const LogOptions& options) {
    std::string query = "?stdout=1&stderr=1";
    if (options.follow) query += "&follow=1";
    if (options.timestamps) query += "&timestamps=1";
    if (options.tail_lines >= 0) query += "&tail=" + std::to_string(options.tail_lines);
    if (options.since) query += "&since=" + to_query(*options.since);
    return query;
}

}  // namespace

Result<Effect> HttpEngine::upload_archive(
    const std::string& id, const std::string& path, const std::string& tar, const Call& call
) {
    const Limit limit = limit_of(call);
    // Without copyUIDGID, which gives all files to the container's user whatever the archive says.
    const std::string target =
        container_path(id, limit) + "/archive?noOverwriteDirNonDir=1&path=" + percent_encode(path);
    const HttpResponse response = send(
        {.method = "PUT", .target = target, .body = tar, .content_type = "application/x-tar"}, limit
    );
    if (!is_success(response)) return refusal_of(response);
    return Effect::changed;
}

Result<ExecResult> HttpEngine::exec(const std::string& id, const ExecSpec& spec, const Call& call) {
    const Limit limit = limit_of(call);
    json::object body{
        {"AttachStdout", true},
        {"AttachStderr", true},
        {"Cmd", json::array(spec.command.begin(), spec.command.end())}
    };
    if (!spec.user.empty()) body["User"] = spec.user;
    const HttpResponse created = post(container_path(id, limit) + "/exec", body, limit);
    if (!is_success(created)) return refusal_of(created);
    const std::string exec_id = id_of(created);
    Output output;
    FrameReader frames([&](StreamKind kind, std::string_view bytes) { output.add(kind, bytes); });
    const HttpResponse started = send(
        {.method = "POST",
         .target = "/exec/" + percent_encode(exec_id) + "/start",
         .body = R"({"Detach":false,"Tty":false})",
         .content_type = "application/json"},
        limit,
        [&](std::string_view bytes) { frames.feed(bytes); }
    );
    if (!is_success(started)) return refusal_of(started);
    check_whole(frames);
    const std::int64_t exit_code = after_effect([&] { return wait_for_exec(exec_id, limit); });
    if (output.is_too_large()) {
        return Refusal{RefusalReason::failed, "the command wrote more than 16 MiB"};
    }
    return output.finish(exit_code);
}

std::int64_t HttpEngine::wait_for_exec(const std::string& exec_id, const Limit& limit) {
    for (;;) {
        const json::value state = ask("/exec/" + percent_encode(exec_id) + "/json", limit);
        if (const auto exit_code = wire::decode_exec(state)) return *exit_code;
        limit.pause(exec_poll_interval);
    }
}

Result<Effect> HttpEngine::logs(
    const std::string& id, const LogOptions& options, const LogSink& sink, const Call& call
) {
    const Limit limit = limit_of(call);
    FrameReader frames(sink);
    try {
        const HttpResponse response = send(
            {.target = container_path(id, limit) + "/logs" + logs_query(options)},
            limit,
            [&](std::string_view bytes) { frames.feed(bytes); },
            options.follow ? Pace::endless : Pace::bounded
        );
        if (!is_success(response)) return refusal_of(response);
    } catch (const EngineError&) {
        if (!options.follow || !call.stop.stop_requested()) throw;
        return Effect::unchanged;  // the caller has seen enough
    }
    check_whole(frames);
    return Effect::unchanged;
}

void HttpEngine::events(std::optional<Time> since, const EventSink& sink, const Call& call) {
    const std::string target = since ? "/events?since=" + to_query(*since) : "/events";
    JsonLines lines([&](const json::value& line) { sink(wire::decode_event(line)); });
    try {
        const HttpResponse response = send(
            {.target = target},
            limit_of(call),
            [&](std::string_view bytes) { lines.feed(bytes); },
            Pace::endless
        );
        if (!is_success(response)) {
            throw EngineError(Outcome::unknown, "GET /events: " + refusal_of(response).message());
        }
    } catch (const EngineError&) {
        if (call.stop.stop_requested()) return;
        throw;
    }
    if (call.stop.stop_requested()) return;
    throw EngineError(Outcome::unknown, "the engine closed the stream of events");
}

}  // namespace vectis::docker
