#include "api/cli/commands.hpp"
#include "api/cli/errors.hpp"
#include "api/http.hpp"

namespace vectis::api {

int logs_command(const Context& context) {
    std::vector<std::string> arguments = context.options.arguments;
    // A bare name is a workload: nothing else has a log.
    if (arguments.size() == 1 && arguments.front().find('/') == std::string::npos)
        arguments.front().insert(0, "workload/");
    const std::vector<Target> targets = parse_named_targets(arguments, "");
    if (targets.size() != 1 || targets.front().kind->name != "Workload")
        throw InvalidInput("name one workload, such as 'postfix'");
    std::string target = "/api/v1/logs?workload=" + percent_encode(targets.front().name);
    if (context.options.is_following) target += "&follow=true";
    if (context.options.tail >= 0) target += "&tail=" + std::to_string(context.options.tail);
    context.client.stream(target, [&](std::string_view piece) {
        context.terminal.print(piece);
        return true;
    });
    return exit_done;
}

}  // namespace vectis::api
