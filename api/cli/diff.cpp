#include "resources/diff.hpp"

#include "api/cli/commands.hpp"
#include "api/cli/declaration.hpp"

#include <filesystem>

namespace vectis::api {
namespace {

/// Empty if the stored object is as declared. Labels and annotations that the file does not name
/// are free.
std::string difference(
    const resources::Object& wanted, const std::optional<resources::Object>& stored
) {
    const std::string name = resources::to_text(resources::key_of(wanted));
    if (!stored) return "+ " + name + '\n';
    std::string out;
    const auto compare = [&](const std::string& prefix,
                             const boost::json::object& before,
                             const boost::json::object& after) {
        for (resources::FieldChange change : resources::diff(before, after)) {
            change.path.insert(0, prefix);
            out += "    " + resources::to_text(change) + '\n';
        }
    };
    const auto overlaid = [](boost::json::object before, const boost::json::object& with) {
        for (const auto& [key, value] : with) before[key] = value;
        return before;
    };
    compare("spec.", stored->spec, wanted.spec);
    compare(
        "metadata.labels.",
        stored->metadata.labels,
        overlaid(stored->metadata.labels, wanted.metadata.labels)
    );
    compare(
        "metadata.annotations.",
        stored->metadata.annotations,
        overlaid(stored->metadata.annotations, wanted.metadata.annotations)
    );
    return out.empty() ? "" : "~ " + name + '\n' + out;
}

}  // namespace

int diff_command(const Context& context) {
    const std::vector<std::string> paths = declared_paths(context.options);
    const std::vector<resources::Object> objects =
        load_declaration(paths, stored_keys(context.client));
    std::string out;
    for (const resources::Object& object : objects)
        out += difference(object, context.client.find(target_of(object)));
    for (const std::string& path : paths) {
        if (path == "-" || !std::filesystem::is_directory(path)) continue;
        for (const resources::ObjectKey& key :
             no_longer_declared(context.client, real_path(path), objects))
            out += "- " + resources::to_text(key) + '\n';
    }
    context.terminal.print(out);
    return out.empty() ? 0 : 1;
}

}  // namespace vectis::api
