#pragma once

#include "api/cli/cli.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace vectis::api {

enum class Command {
    none,
    up,
    down,
    status,
    get,
    describe,
    plan,
    diff,
    apply,
    remove,
    watch,
    wait,
    logs,
    events,
    credentials,
    controller,
    supervise
};
enum class Output { table, json, yaml, name };

/// The command line, read.
struct Options {
    Command command = Command::none;
    std::vector<std::string> arguments{};  ///< KIND NAME …, KIND/NAME …, or the folder of `up`
    std::vector<std::string> files{};      ///< -f
    std::string ns{};                      ///< -n
    bool is_taking_over = false;           ///< --force-conflicts
    bool is_everywhere = false;            ///< -A: `ns` is of no account
    std::string selector{};                ///< -l
    Output output = Output::table;
    bool is_watching = false;
    bool is_waiting = false;
    bool is_dry_run = false;
    bool is_following = false;
    bool removes_volumes = false;
    bool removes_images = false;
    int tail = -1;
    std::string wait_for = "condition=Ready";
    std::chrono::seconds time_limit{900};
    ControllerOptions controller{};
};

/// Either options, or an exit code after help or an error was printed.
struct ParsedCommandLine {
    std::optional<Options> options{};
    int exit_code = 0;
    std::string out{};
    std::string err{};
};

/// `environment_home` and `project` are the defaults for the controller.
ParsedCommandLine parse_command_line(int argc, const char* const* argv);

/// "90s", "15m", "1h", "250ms" (at least a second) or plain seconds.
std::optional<std::chrono::seconds> parse_duration(const std::string& text);

}  // namespace vectis::api
