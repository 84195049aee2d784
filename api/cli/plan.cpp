#include "api/cli/commands.hpp"
#include "api/cli/declaration.hpp"
#include "api/cli/errors.hpp"
#include "api/cli/render.hpp"
#include "resources/kind.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace vectis::api {
namespace json = boost::json;
namespace {

json::object key_object(const resources::ObjectKey& key) {
    return {{"kind", key.kind}, {"namespace", key.ns}, {"name", key.name}};
}

json::object wanted_change(const Context& context) {
    const std::vector<std::string> paths = declared_paths(context.options);
    json::array apply;
    json::array remove;
    if (paths.empty()) return {{"apply", std::move(apply)}, {"remove", std::move(remove)}};
    const std::vector<resources::Object> objects =
        load_declaration(paths, stored_for(context.client, paths));
    for (const resources::Object& object : objects) apply.push_back(resources::to_json(object));
    for (const std::string& path : paths) {
        if (!is_folder_path(path)) continue;
        for (const resources::ObjectKey& key :
             no_longer_declared(context.client, real_path(path), objects))
            remove.push_back(key_object(key));
    }
    json::object change{{"apply", std::move(apply)}, {"remove", std::move(remove)}};
    // As whom `up` or `apply` would declare it.
    if (!context.options.is_taking_over)
        change["manager"] =
            is_folder_path(paths.front()) ? "file:" + real_path(paths.front()) : "cli";
    return change;
}

std::string plan_text(const json::object& plan) {
    std::string out;
    const json::value* actions = plan.if_contains("actions");
    std::size_t number = 0;
    for (const json::value& item : actions->as_array()) {
        const json::object& action = item.as_object();
        const std::string ns = text_at(action, "namespace");
        out += std::to_string(++number) + ". " + text_at(action, "kind") + '/' +
               (ns.empty() ? "" : ns + '/') + text_at(action, "name") + ": " +
               text_at(action, "action") + '\n';
        if (const std::string cause = text_at(action, "cause"); !cause.empty())
            out += "     because " + cause + '\n';
    }
    if (number == 0) out += "nothing to do\n";
    if (const json::value* notes = plan.if_contains("notes");
        notes != nullptr && notes->is_array()) {
        for (const json::value& note : notes->as_array())
            out += "note: " + (note.is_string() ? std::string(note.as_string()) : "") + '\n';
    }
    return out;
}

/// Each object once, in the order of its first action.
std::string names_of(const json::array& actions) {
    std::vector<std::string> names;
    for (const json::value& item : actions) {
        const json::object& action = item.as_object();
        const resources::Kind* kind = resources::find_kind(text_at(action, "kind"));
        if (kind == nullptr) continue;
        const std::string name =
            short_name({kind, text_at(action, "namespace"), text_at(action, "name")}) + '\n';
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    std::string out;
    for (const std::string& name : names) out += name;
    return out;
}

std::string text_of(const json::object& plan, const json::array& actions, Output output) {
    if (output == Output::table) return plan_text(plan);
    return output == Output::name ? names_of(actions) : value_text(plan, output);
}

}  // namespace

int plan_command(const Context& context) {
    const json::object plan = context.client.post("/api/v1/plan", wanted_change(context));
    const json::value* actions = plan.if_contains("actions");
    if (actions == nullptr || !actions->is_array())
        throw ClientError("the controller's plan has no actions");
    context.terminal.print(text_of(plan, actions->as_array(), context.options.output));
    return actions->as_array().empty() ? 0 : 1;
}

}  // namespace vectis::api
