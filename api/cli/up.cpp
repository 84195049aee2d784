#include "api/cli/commands.hpp"
#include "api/cli/declaration.hpp"
#include "api/cli/errors.hpp"
#include "api/cli/file_lock.hpp"
#include "api/cli/progress.hpp"
#include "api/cli/render.hpp"
#include "api/cli/summary_view.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

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
    std::error_code error;
    std::filesystem::create_directories(home.folder, error);
    if (error)
        throw CommandFailed(
            home.folder + ": " + error.message() +
            "; set VECTIS_HOME to a folder that you may write"
        );
    const std::string path = home.folder + "/up.lock";
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

/// Declares the folder again and again while its refusal may pass: the controller has just started,
/// or objects are still going.
json::object declare(const Context& context, const std::string& folder) {
    constexpr int unavailable = 503;
    constexpr controller::Duration silence = std::chrono::seconds(3);
    const controller::Time start = context.clock.now();
    for (bool has_said = false;;) {
        try {
            return context.client.post("/api/v1/sources", {{"path", folder}});
        } catch (const ApiError& error) {
            const controller::Duration waited = context.clock.now() - start;
            if (error.code() != unavailable || waited > context.options.time_limit) throw;
            if (!has_said && waited > silence) {
                context.terminal.complain("waiting: " + std::string(error.what()) + '\n');
                has_said = true;
            }
        }
        context.clock.sleep(look_interval, {});
    }
}

[[noreturn]] void fail_for(const std::vector<ObjectLine>& lines, const std::string& why) {
    std::string text = why;
    for (const ObjectLine& line : lines)
        text += "\n  " + line.key + ": " + (line.message.empty() ? line.phase : line.message);
    throw CommandFailed(text);
}

/// Until everything is Ready. Something stalled may recover by itself, so it has to stay so for a
/// while.
SummaryView follow(const Context& context) {
    constexpr controller::Duration stall_patience = std::chrono::seconds(5);
    constexpr controller::Duration look_interval_min = std::chrono::milliseconds(20);
    const controller::Time start = context.clock.now();
    const controller::Time end = start + context.options.time_limit;
    std::optional<controller::Time> stalled_since;
    Progress progress(context.terminal);
    for (;;) {
        const SummaryView summary = summary_from(context.client.get("/api/v1/status"));
        progress.show(summary);
        if (is_settled(summary)) return summary;
        const std::vector<ObjectLine> failed = stalled(summary);
        const controller::Time now = context.clock.now();
        if (failed.empty())
            stalled_since.reset();
        else if (!stalled_since)
            stalled_since = now;
        if (stalled_since && now - *stalled_since > stall_patience) fail_for(failed, "stalled:");
        if (now > end) {
            std::vector<ObjectLine> waiting;
            for (const ObjectLine& line : summary.objects) {
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

bool is_unchanged(const json::object& source) {
    return text_at(source, "changed") == "0";
}

}  // namespace

int up_command(const Context& context) {
    const std::string folder = folder_of(context.options);
    const std::vector<std::string> paths{folder};
    // Checked here first: a mistake must not even start anything.
    const bool was_running = context.client.is_answering();
    load_declaration(
        paths, was_running ? stored_keys(context.client) : std::set<resources::ObjectKey>{}
    );
    const FileLock lock = lock_installation(context);
    const bool is_replaced = context.background.is_outdated();
    if (is_replaced) {
        context.terminal.complain("the controller that runs is of another build: replacing it\n");
        context.background.stop();
    }
    context.background.ensure();
    const json::object source = declare(context, folder);
    const SummaryView before = summary_from(context.client.get("/api/v1/status"));
    if (was_running && !is_replaced && is_unchanged(source) && is_settled(before)) {
        context.terminal.print(
            "nothing to do: " + text_at(source, "objects") + " objects are as declared\n"
        );
        return exit_done;
    }
    const SummaryView summary = follow(context);
    context.terminal.print(status_text(summary) + "\nvectis credentials shows how to log in\n");
    return exit_done;
}

}  // namespace vectis::api
