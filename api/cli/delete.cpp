#include "api/cli/commands.hpp"
#include "api/cli/declaration.hpp"
#include "api/cli/errors.hpp"

#include <algorithm>

namespace vectis::api {

int delete_command(const Context& context) {
    const Options& options = context.options;
    if (options.arguments.empty() == options.files.empty())
        throw InvalidInput("name objects (KIND NAME or KIND/NAME), or files with -f");
    std::vector<Target> targets;
    if (!options.arguments.empty())
        targets = parse_named_targets(options.arguments, options.ns);
    else
        for (const resources::Object& object :
             load_declaration(options.files, stored_keys(context.client)))
            targets.push_back(target_of(object));
    // What refers to others goes first: a domain with mailboxes is refused.
    const auto order = [](const Target& a, const Target& b) { return a.kind > b.kind; };
    std::stable_sort(targets.begin(), targets.end(), order);
    int code = exit_done;
    std::vector<Target> going;
    for (const Target& target : targets) {
        try {
            context.client.remove(target, options.is_dry_run);
            context.terminal.print(
                short_name(target) + (options.is_dry_run ? " would be deleted\n" : " deleted\n")
            );
            going.push_back(target);
        } catch (const ApiError& error) {
            context.terminal.complain(std::string("error: ") + error.what() + '\n');
            code = exit_failed;
        }
    }
    if (options.is_waiting && !options.is_dry_run) wait_until_deleted(context, going);
    return code;
}

}  // namespace vectis::api
