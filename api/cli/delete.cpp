#include "api/cli/commands.hpp"
#include "api/cli/declaration.hpp"
#include "api/cli/errors.hpp"
#include "api/cli/render.hpp"

#include <algorithm>

namespace vectis::api {
namespace {

std::vector<Target> targets_of(const Context& context) {
    const Options& options = context.options;
    if (options.arguments.empty() == options.files.empty())
        throw InvalidInput("name objects (KIND NAME or KIND/NAME), or files with -f");
    std::vector<Target> out;
    if (!options.arguments.empty()) {
        out = parse_named_targets(options.arguments, options.ns);
    } else {
        for (const resources::Object& object :
             load_declaration(options.files, stored_for(context.client, options.files)))
            out.push_back(target_of(object));
    }
    // What refers to others goes first: a domain with mailboxes is refused.
    std::stable_sort(out.begin(), out.end(), [](const Target& a, const Target& b) {
        return a.kind > b.kind;
    });
    return out;
}

/// Whoever deletes a whole declared folder means its declaration too, or all would come back.
/// True if the files of the command are such folders only.
bool are_folders(const Options& options) {
    return !options.files.empty() &&
           std::all_of(options.files.begin(), options.files.end(), is_folder_path);
}

void note_owners(const Context& context, const resources::Object& object) {
    for (const resources::OwnerReference& owner : object.metadata.owner_references)
        context.terminal.complain(
            "note: " + owner.kind + '/' + owner.name + " owns it and makes it again\n"
        );
}

/// A dry run releases no folder, so what one declares would be refused although it can be deleted.
resources::Object remove_one(const Context& context, const Target& target) {
    const bool is_dry_run = context.options.is_dry_run;
    if (is_dry_run && are_folders(context.options)) {
        if (std::optional<resources::Object> object = context.client.find(target)) return *object;
        throw ApiError(404, "NotFound", short_name(target) + " not found");
    }
    return context.client.remove(target, {.is_dry_run = is_dry_run});
}

}  // namespace

int delete_command(const Context& context) {
    const Options& options = context.options;
    const std::vector<Target> targets = targets_of(context);
    if (are_folders(options) && !options.is_dry_run) {
        for (const std::string& folder : options.files) context.client.release(real_path(folder));
    }
    int code = exit_done;
    std::vector<Going> going;
    std::vector<resources::Object> removed;
    for (const Target& target : targets) {
        try {
            // A domain cannot go before what is in it is gone.
            const bool is_next_kind = !going.empty() && going.back().target.kind != target.kind;
            if (is_next_kind && options.is_waiting && !options.is_dry_run)
                wait_until_deleted(context, going);
            removed.push_back(remove_one(context, target));
            going.push_back({target, removed.back().metadata.uid});
            if (options.output == Output::table)
                context.terminal.print(
                    short_name(target) + (options.is_dry_run ? " would be deleted\n" : " deleted\n")
                );
            note_owners(context, removed.back());
        } catch (const ApiError& error) {
            context.terminal.complain(std::string("error: ") + error.what() + '\n');
            code = exit_failed;
        }
    }
    if (options.output != Output::table)
        context.terminal.print(written_text(removed, options.output));
    if (options.is_waiting && !options.is_dry_run) wait_until_deleted(context, going);
    return code;
}

}  // namespace vectis::api
