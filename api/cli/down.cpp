#include "api/cli/commands.hpp"
#include "api/cli/errors.hpp"
#include "api/cli/file_lock.hpp"

#include <boost/json/array.hpp>

#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace vectis::api {
namespace json = boost::json;
namespace {

/// What is in the way may go by itself: a container that ends, an engine that is busy.
constexpr controller::Duration stuck_patience = std::chrono::seconds(15);

std::set<std::string> texts_at(const json::object& object, std::string_view name) {
    std::set<std::string> out;
    const json::value* list = object.if_contains(name);
    for (const json::value& item :
         list == nullptr || !list->is_array() ? json::array{} : list->as_array()) {
        if (item.is_string()) out.emplace(item.as_string());
    }
    return out;
}

bool flag_at(const json::object& object, std::string_view name) {
    const json::value* flag = object.if_contains(name);
    return flag != nullptr && flag->is_bool() && flag->as_bool();
}

std::string joined(const std::set<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) out += "\n  " + text;
    return out;
}

void take_down(const Context& context) {
    const json::object wish{
        {"volumes", context.options.removes_volumes}, {"images", context.options.removes_images}
    };
    const controller::Time end = context.clock.now() + context.options.time_limit;
    std::set<std::string> last;
    std::optional<controller::Time> stuck_since;
    for (;;) {
        const json::object progress = context.client.post("/api/v1/down", wish);
        const std::set<std::string> remaining = texts_at(progress, "remaining");
        for (const std::string& gone : last) {
            // The object is; its data stay unless they were asked for.
            if (!remaining.contains(gone)) context.terminal.complain(gone + ": managed no more\n");
        }
        last = remaining;
        if (flag_at(progress, "done")) return;
        if (flag_at(progress, "blocked"))
            throw CommandFailed(
                "nothing was removed:" + joined(texts_at(progress, "problems")) +
                "\nmake the Docker Engine answer again and repeat 'vectis down'"
            );
        const std::set<std::string> problems = texts_at(progress, "problems");
        const controller::Time now = context.clock.now();
        if (problems.empty())
            stuck_since.reset();
        else if (!stuck_since)
            stuck_since = now;
        if (now > end || (stuck_since && now - *stuck_since > stuck_patience))
            throw CommandFailed(
                "not everything is gone:" + joined(remaining) + joined(problems) +
                "\nstate and passwords are kept; mend this and repeat 'vectis down'"
            );
        context.clock.sleep(look_interval, {});
    }
}

/// Only what the controller made there; whatever else lies in the folder stays. The state goes
/// last: as long as it is there, another `down` goes on with the rest.
void remove_state(const controller::Home& home) {
    for (const std::string& path :
         {home.secrets(),
          home.log(),
          home.old_log(),
          home.pid(),
          home.lock(),
          home.socket(),
          home.state()}) {
        std::error_code error;
        std::filesystem::remove_all(path, error);
        if (error) throw CommandFailed(path + ": " + error.message());
    }
}

}  // namespace

int down_command(const Context& context) {
    const controller::Home& home = context.options.controller.home;
    const bool has_state = std::filesystem::exists(home.state());
    if (!context.background.is_running() && !has_state) {
        context.terminal.print("nothing is running\n");
        return exit_done;
    }
    const std::string lock_path = home.up_lock();
    const std::optional<FileLock> lock = FileLock::try_acquire(lock_path);
    if (!lock)
        throw CommandFailed(
            "'vectis up' (pid " + std::to_string(FileLock::holder(lock_path)) +
            ") is at work here; stop it first"
        );
    // Without a controller there is nobody who could remove what is left on the engine.
    context.background.ensure(context.options.time_limit);
    take_down(context);
    context.background.stop();
    if (context.options.removes_volumes) remove_state(home);
    context.terminal.print(
        context.options.removes_volumes ? "everything is gone\n"
                                        : "stopped; mail and passwords are kept\n"
    );
    return exit_done;
}

}  // namespace vectis::api
