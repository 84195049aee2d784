#pragma once

#include "api/cli/api_client.hpp"
#include "api/cli/background.hpp"
#include "api/cli/declaration.hpp"
#include "api/cli/options.hpp"
#include "api/cli/terminal.hpp"
#include "controller/clock.hpp"

#include <set>
#include <span>
#include <string>
#include <vector>

namespace vectis::api {

/// What every command works with.
struct Context {
    const Options& options;
    const ApiClient& client;
    const Background& background;
    Terminal& terminal;
    controller::Clock& clock;
};

// One function for each command, in the file of its name. They return the exit code and throw
// InvalidInput, CommandFailed, ApiError or ClientError.
int up_command(const Context& context);
int down_command(const Context& context);
int status_command(const Context& context);
int get_command(const Context& context);
int watch_command(const Context& context);
int describe_command(const Context& context);
int plan_command(const Context& context);
int diff_command(const Context& context);
int apply_command(const Context& context);
int delete_command(const Context& context);
int wait_command(const Context& context);
int logs_command(const Context& context);
int events_command(const Context& context);
int credentials_command(const Context& context);

/// Time between two looks at the controller while waiting.
inline constexpr controller::Duration look_interval = std::chrono::milliseconds(100);

/// The files of a command that takes them by -f or as arguments.
std::vector<std::string> declared_paths(const Options& options);

/// What the controller holds, for references from the files of a command. Mail objects are left out
/// while their store cannot be asked.
Stored stored_for(const ApiClient& client, std::span<const std::string> paths);

/// Every platform object that the folder declared before, by "file:<folder>", and that `wanted` no
/// longer has.
std::vector<resources::ObjectKey> no_longer_declared(
    const ApiClient& client, const std::string& folder, const std::vector<resources::Object>& wanted
);

/// Waits until each target has the condition, shows changes meanwhile. Throws CommandFailed at the
/// time limit or if one is stalled.
void wait_until_ready(
    const Context& context,
    const std::vector<Target>& targets,
    const std::string& condition,
    const std::string& value
);
/// An object, and which one of that name.
struct Going {
    Target target{};
    std::string uid{};
};

/// Waits until each is gone; another object that has its name by then is not waited for.
void wait_until_deleted(const Context& context, const std::vector<Going>& going);

}  // namespace vectis::api
