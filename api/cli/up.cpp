#include "api/cli/commands.hpp"
#include "api/cli/declaration.hpp"
#include "api/cli/errors.hpp"
#include "api/cli/file_lock.hpp"
#include "api/cli/progress.hpp"
#include "api/cli/render.hpp"
#include "api/cli/summary_view.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <filesystem>
#include <optional>

namespace vectis::api {
namespace json = boost::json;
namespace {

std::string folder_of(const Options& options) {
    const std::vector<std::string> paths = declared_paths(options);
    if (paths.size() != 1 || paths.front() == "-")
        throw InvalidInput("name one folder: vectis up DIR");
    const std::string folder = real_path(paths.front());
    if (!std::filesystem::is_directory(folder))
        throw InvalidInput(paths.front() + " is no folder; 'vectis apply -f' takes files");
    return folder;
}

/// Only one `up` at a time: the second says who is at work, and waits.
FileLock lock_installation(const Context& context) {
    const controller::Home& home = context.options.controller.home;
    prepare_home(home);
    const std::string path = home.up_lock();
    const controller::Time end = context.clock.now() + context.options.time_limit;
    for (bool has_said = false;; has_said = true) {
        if (std::optional<FileLock> lock = FileLock::try_acquire(path)) return std::move(*lock);
        const std::string who =
            "another 'vectis up' or 'down' (pid " + std::to_string(FileLock::holder(path)) + ")";
        if (!has_said) context.terminal.complain(who + " is at work here; waiting for it\n");
        if (context.clock.now() > end) throw CommandFailed(who + " is still at work");
        context.clock.sleep(look_interval, {});
    }
}

/// Asks again and again while nothing can be answered: the controller has just started, its
/// supervisor starts it again after a death, or its database is away. A no is final. What is asked
/// has to bear repetition.
template <class Question>
auto ask(const Context& context, Question question) {
    constexpr int unavailable = 503;
    constexpr controller::Duration silence = std::chrono::seconds(3);
    const controller::Time start = context.clock.now();
    for (bool has_said = false;;) {
        std::string why;
        try {
            return question();
        } catch (const ApiError& error) {
            if (error.code() != unavailable ||
                context.clock.now() - start > context.options.time_limit)
                throw;
            why = error.what();
        } catch (const ClientError& error) {
            if (context.clock.now() - start > context.options.time_limit) throw;
            why = error.what();
        }
        if (!has_said && context.clock.now() - start > silence) {
            context.terminal.complain("waiting: " + why + '\n');
            has_said = true;
        }
        context.clock.sleep(look_interval, {});
    }
}

json::object declare(const Context& context, const std::string& folder) {
    return ask(context, [&] {
        return context.client.post(
            "/api/v1/sources", {{"path", folder}, {"takeOver", context.options.is_taking_over}}
        );
    });
}

SummaryView look(const Context& context) {
    return summary_from(ask(context, [&] { return context.client.get("/api/v1/status"); }));
}

[[noreturn]] void fail_for(const std::vector<ObjectLine>& lines, const std::string& why) {
    std::string text = why;
    for (const ObjectLine& line : lines)
        text += "\n  " + line.key + ": " + (line.message.empty() ? line.phase : line.message);
    throw CommandFailed(text);
}

/// Until everything that the folder declares is Ready. Something stalled may recover by itself, so
/// it has to stay so for a while.
SummaryView follow(const Context& context, const std::string& folder) {
    constexpr controller::Duration stall_patience = std::chrono::seconds(5);
    constexpr controller::Duration look_interval_min = std::chrono::milliseconds(20);
    const controller::Time start = context.clock.now();
    const controller::Time end = start + context.options.time_limit;
    std::optional<controller::Time> stalled_since;
    Progress progress(context.terminal);
    for (;;) {
        const SummaryView summary = look(context);
        progress.show(summary);
        const SummaryView ours = concerning(summary, folder);
        if (is_settled(ours)) return summary;
        const std::vector<ObjectLine> failed = stalled(ours);
        const controller::Time now = context.clock.now();
        if (failed.empty())
            stalled_since.reset();
        else if (!stalled_since)
            stalled_since = now;
        if (stalled_since && now - *stalled_since > stall_patience) fail_for(failed, "stalled:");
        if (now > end) {
            std::vector<ObjectLine> waiting;
            for (const ObjectLine& line : ours.objects) {
                if (line.phase != "Ready") waiting.push_back(line);
            }
            fail_for(
                waiting,
                "not everything is Ready after " +
                    std::to_string(context.options.time_limit.count()) +
                    "s (the controller goes on):"
            );
        }
        // Most changes take less than a second, and a look at the beginning costs little.
        context.clock.sleep(
            std::clamp<controller::Duration>((now - start) / 10, look_interval_min, look_interval),
            {}
        );
    }
}

void say_what_left(const Context& context, const json::object& source) {
    const json::value* left = source.if_contains("left");
    for (const json::value& key :
         left == nullptr || !left->is_array() ? json::array{} : left->as_array()) {
        if (key.is_string())
            context.terminal.complain(
                std::string(key.as_string()) +
                " is no longer declared and stays until it is deleted\n"
            );
    }
}

bool is_unchanged(const json::object& source) {
    return text_at(source, "changed") == "0";
}

}  // namespace

int up_command(const Context& context) {
    const std::string folder = folder_of(context.options);
    const std::vector<std::string> paths{folder};
    // Checked here first: a mistake must not even start anything.
    const bool was_running = context.client.is_answering();
    const auto stored = [&] { return stored_for(context.client, paths); };
    load_declaration(paths, was_running ? ask(context, stored) : Stored{});
    const FileLock lock = lock_installation(context);
    const std::string reason = context.background.reason_to_replace();
    const bool is_replaced = !reason.empty();
    if (is_replaced) {
        context.terminal.complain("the controller that runs " + reason + ": replacing it\n");
        context.background.stop();
    }
    context.background.ensure(context.options.time_limit);
    const json::object source = declare(context, folder);
    say_what_left(context, source);
    const SummaryView before = look(context);
    if (was_running && !is_replaced && is_unchanged(source) &&
        is_settled(concerning(before, folder))) {
        context.terminal.print(
            "nothing to do: " + text_at(source, "objects") + " objects are as declared\n"
        );
        return exit_done;
    }
    const SummaryView summary = follow(context, folder);
    context.terminal.print(status_text(summary) + "\nvectis credentials shows how to log in\n");
    return exit_done;
}

}  // namespace vectis::api
