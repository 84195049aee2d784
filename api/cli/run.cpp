#include "api/cli/commands.hpp"
#include "api/cli/errors.hpp"
#include "api/cli/supervise.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <system_error>

namespace vectis::api {
namespace {

/// diff and plan use 1 for "there are changes".
int failure_code(Command command) {
    return command == Command::diff || command == Command::plan ? 2 : exit_failed;
}

std::map<std::string, std::string> environment() {
    std::map<std::string, std::string> out;
    for (const char* name : {"VECTIS_HOME", "VECTIS_PROJECT", "HOME"}) {
        if (const char* value = std::getenv(name); value != nullptr) out.emplace(name, value);
    }
    return out;
}

int run_command(const Context& context) {
    switch (context.options.command) {
        case Command::up:
            return up_command(context);
        case Command::down:
            return down_command(context);
        case Command::status:
            return status_command(context);
        case Command::get:
            return get_command(context);
        case Command::describe:
            return describe_command(context);
        case Command::plan:
            return plan_command(context);
        case Command::diff:
            return diff_command(context);
        case Command::apply:
            return apply_command(context);
        case Command::remove:
            return delete_command(context);
        case Command::watch:
            return watch_command(context);
        case Command::wait:
            return wait_command(context);
        case Command::logs:
            return logs_command(context);
        case Command::events:
            return events_command(context);
        case Command::credentials:
            return credentials_command(context);
        case Command::controller:
        case Command::supervise:
        case Command::none:
            break;
    }
    throw InvalidInput("no command");
}

int run_with_controller(const Options& options, Terminal& terminal) {
    const ApiClient client(options.controller.home.socket());
    controller::SystemClock clock;
    const Background background(options.controller, client, clock);
    try {
        return run_command({options, client, background, terminal, clock});
    } catch (const InvalidInput& error) {
        terminal.complain(std::string(error.what()) + '\n');
        return exit_invalid;
    } catch (const ApiError& error) {
        terminal.complain(std::string("error: ") + error.what() + '\n');
        return std::max(exit_code_of(error), failure_code(options.command));
    } catch (const ClientError& error) {
        const bool is_absent = !client.is_answering();
        terminal.complain(
            std::string("error: ") + error.what() +
            (is_absent ? "; start it with 'vectis up DIR'\n" : "\n")
        );
        return failure_code(options.command);
    } catch (const std::exception& error) {
        terminal.complain(std::string("error: ") + error.what() + '\n');
        return failure_code(options.command);
    }
}

}  // namespace

int run_cli(int argc, char** argv, const CliHooks& hooks) {
    Terminal terminal(stdout, stderr);
    ParsedCommandLine parsed = parse_command_line(argc, argv);
    terminal.print(parsed.out);
    terminal.complain(parsed.err);
    if (!parsed.options) return parsed.exit_code;
    Options& options = *parsed.options;
    try {
        options.controller.home = controller::home_from(environment(), ::getuid());
        options.controller.project = controller::project_from(environment());
        if (options.command == Command::controller) return hooks.run_controller(options.controller);
        if (options.command == Command::supervise) return supervise(options.controller);
    } catch (const std::invalid_argument& error) {
        terminal.complain(std::string("error: ") + error.what() + '\n');
        return exit_invalid;
    } catch (const std::exception& error) {
        terminal.complain(std::string("error: ") + error.what() + '\n');
        return exit_failed;
    }
    return run_with_controller(options, terminal);
}

}  // namespace vectis::api
