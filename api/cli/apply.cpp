#include "api/cli/commands.hpp"
#include "api/cli/declaration.hpp"
#include "api/cli/errors.hpp"
#include "api/cli/render.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace vectis::api {
namespace json = boost::json;
namespace {

/// The declared folder that a path lies in; empty if there is none.
std::string declared_folder(const ApiClient& client, const std::string& path) {
    if (path == "-") return {};
    const std::string real = real_path(path);
    const json::object answer = client.get("/api/v1/sources");
    const json::value* items = answer.if_contains("items");
    for (const json::value& item :
         items == nullptr || !items->is_array() ? json::array{} : items->as_array()) {
        const std::string folder = item.is_object() ? text_at(item.as_object(), "path") : "";
        if (!folder.empty() && lies_in(real, folder)) return folder;
    }
    return {};
}

std::string verb(const std::optional<resources::Object>& before, const resources::Object& after) {
    if (!before) return " created";
    return before->metadata.resource_version == after.metadata.resource_version ? " unchanged"
                                                                                : " configured";
}

/// What a folder declares changes by that folder only, as a whole.
void reload(const Context& context, const std::set<std::string>& folders) {
    for (const std::string& folder : folders) {
        const json::object source = context.client.post(
            "/api/v1/sources", {{"path", folder}, {"takeOver", context.options.is_taking_over}}
        );
        const std::string said = folder + " reloaded: " + text_at(source, "changed") + " of " +
                                 text_at(source, "objects") + " objects changed\n";
        if (context.options.output == Output::table)
            context.terminal.print(said);
        else
            context.terminal.complain(said);
    }
}

/// One after the other, so that a refusal of one says nothing of the others.
int apply_all(
    const Context& context,
    const std::vector<resources::Object>& objects,
    std::vector<resources::Object>& applied
) {
    const Options& options = context.options;
    int code = exit_done;
    for (const resources::Object& object : objects) {
        const Target target = target_of(object);
        try {
            const std::optional<resources::Object> before = context.client.find(target);
            applied.push_back(
                context.client.apply(object, {options.is_dry_run, options.is_taking_over})
            );
            if (options.output != Output::table) continue;
            const std::string said =
                options.is_dry_run ? " accepted (dry run)" : verb(before, applied.back());
            context.terminal.print(short_name(target) + said + '\n');
        } catch (const ApiError& error) {
            context.terminal.complain(
                "error: apply " + short_name(target) + ": " + error.what() + '\n'
            );
            code = std::max(code, exit_code_of(error));
        }
    }
    return code;
}

}  // namespace

int apply_command(const Context& context) {
    const Options& options = context.options;
    const std::vector<resources::Object> objects =
        load_declaration(options.files, stored_for(context.client, options.files));
    if (objects.empty()) throw InvalidInput("nothing is declared there");
    std::set<std::string> folders;
    for (const std::string& path : options.files) {
        const std::string folder = declared_folder(context.client, path);
        if (!folder.empty()) folders.insert(folder);
    }
    std::vector<resources::Object> applied;
    int code = exit_done;
    if (!folders.empty() && !options.is_dry_run) {
        reload(context, folders);
        for (const resources::Object& object : objects) {
            if (std::optional<resources::Object> now = context.client.find(target_of(object)))
                applied.push_back(std::move(*now));
        }
    } else {
        code = apply_all(context, objects, applied);
    }
    if (options.output != Output::table)
        context.terminal.print(written_text(applied, options.output));
    std::vector<Target> targets;
    for (const resources::Object& object : applied) targets.push_back(target_of(object));
    if (options.is_waiting && !options.is_dry_run)
        wait_until_ready(context, targets, "Ready", "True");
    return code;
}

}  // namespace vectis::api
