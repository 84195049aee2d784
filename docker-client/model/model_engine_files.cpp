#include "docker-client/model/model_verbs.hpp"

#include <algorithm>
#include <array>

/// The verbs that reach into a container, and the streams.
namespace vectis::docker {
namespace {

struct Line {
    StreamKind stream = StreamKind::out;
    std::string text{};
};

std::vector<Line> canned_lines(const Container& shown, const LogOptions& options) {
    if (shown.started_at == Time{}) return {};
    if (options.since && *options.since > shown.started_at) return {};
    const std::string prefix = options.timestamps ? to_rfc3339(shown.started_at) + " " : "";
    std::vector<Line> lines{
        {StreamKind::out, prefix + shown.name + " started\n"},
        {StreamKind::error, prefix + shown.name + " says nothing more\n"}
    };
    if (options.tail_lines >= 0 && std::ssize(lines) > options.tail_lines) {
        lines.erase(lines.begin(), lines.end() - options.tail_lines);
    }
    return lines;
}

}  // namespace

Result<Effect> ModelEngine::upload_archive(
    const std::string& id, const std::string& path, const std::string& tar, const Call& call
) {
    return write(
        {.verb = "upload_archive", .target = id},
        call,
        [](ModelDaemon& daemon,
           const std::string& which,
           const std::string& where,
           const std::string& bytes) { return daemon.upload_archive(which, where, bytes); },
        id,
        path,
        tar
    );
}

/// The handler stands for the program and may use the engine, so it is asked outside of the lock. A
/// late exec runs its built-in command only.
Result<ExecResult> ModelEngine::exec(
    const std::string& id, const ExecSpec& spec, const Call& call
) {
    const Step step{.verb = "exec", .target = id};
    const Fault fault = before(step, Access::write, call);
    if (fault.kind == Fault::Kind::refuse) return Refusal(fault.reason, fault.message);
    std::shared_ptr<const ExecHandler> handler;
    {
        const std::lock_guard lock(mutex_);
        handler = exec_handler_;
        if (fault.kind == Fault::Kind::late) {
            late_.emplace_back([id, spec](ModelDaemon& daemon) {
                if (daemon.exec_target(id)) daemon.run_builtin(id, spec);
            });
        }
    }
    if (fault.kind == Fault::Kind::late) throw_unknown(step.verb, step.target, fault.message);
    const Result<Container> target =
        locked([&](ModelDaemon& daemon) { return daemon.exec_target(id); });
    if (!target) return target.error();
    std::optional<ExecResult> result;
    if (handler) result = (*handler)(*target, spec);
    if (!result) result = locked([&](ModelDaemon& daemon) { return daemon.run_builtin(id, spec); });
    if (fault.kind == Fault::Kind::unknown_after)
        throw_unknown(step.verb, step.target, fault.message);
    return *result;
}

Result<Effect> ModelEngine::logs(
    const std::string& id, const LogOptions& options, const LogSink& sink, const Call& call
) {
    const auto shown = inspect_container(id, call);
    if (!shown) return Refusal(RefusalReason::not_found, "No such container: " + id);
    for (const Line& line : canned_lines(*shown, options)) sink(line.stream, line.text);
    if (!options.follow) return Effect::unchanged;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, call.stop, [&] {
        const auto now = daemon_.inspect_container(shown->id);
        return !now || now->state != ContainerState::running;
    });
    return Effect::unchanged;
}

void ModelEngine::events(std::optional<Time> since, const EventSink& sink, const Call& call) {
    Call stream = call;
    stream.stop = {};
    const Fault fault = before({.verb = "events", .target = {}}, Access::read, stream);
    if (fault.kind != Fault::Kind::none) throw_unknown("events", {}, fault.message);
    events_.stream(since, sink, call.stop);
}

}  // namespace vectis::docker
