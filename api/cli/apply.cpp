#include "api/cli/commands.hpp"
#include "api/cli/declaration.hpp"
#include "api/cli/errors.hpp"
#include "api/cli/render.hpp"

#include <boost/json/array.hpp>

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

}  // namespace

int apply_command(const Context& context) {
    const Options& options = context.options;
    const std::vector<resources::Object> objects =
        load_declaration(options.files, stored_keys(context.client));
    std::set<std::string> folders;
    for (const std::string& path : options.files) {
        const std::string folder = declared_folder(context.client, path);
        if (!folder.empty()) folders.insert(folder);
    }
    std::vector<Target> targets;
    for (const resources::Object& object : objects) targets.push_back(target_of(object));
    if (!folders.empty() && !options.is_dry_run) {
        // What a folder declares changes by that folder only, as a whole.
        for (const std::string& folder : folders) {
            const json::object source = context.client.post("/api/v1/sources", {{"path", folder}});
            context.terminal.print(
                folder + " reloaded: " + text_at(source, "changed") + " of " +
                text_at(source, "objects") + " objects changed\n"
            );
        }
    } else {
        for (const resources::Object& object : objects) {
            const Target target = target_of(object);
            const std::optional<resources::Object> before = context.client.find(target);
            const resources::Object after = context.client.apply(object, options.is_dry_run);
            context.terminal.print(
                short_name(target) +
                (options.is_dry_run ? " accepted (dry run)" : verb(before, after)) + '\n'
            );
        }
    }
    if (options.is_waiting && !options.is_dry_run)
        wait_until_ready(context, targets, "Ready", "True");
    return exit_done;
}

}  // namespace vectis::api
