#include "resources/diff.hpp"

#include "api/cli/commands.hpp"
#include "api/cli/declaration.hpp"
#include "api/cli/render.hpp"
#include "resources/kind.hpp"

#include <boost/json/array.hpp>

#include <optional>
#include <utility>

namespace vectis::api {
namespace json = boost::json;
namespace {

enum class Change { none, create, configure, remove };

/// One object that is not as declared.
struct Difference {
    resources::ObjectKey key{};
    Change change = Change::none;
    std::vector<resources::FieldChange> fields{};
};

/// Labels and annotations that the file does not name are free.
Difference difference(
    const resources::Object& wanted, const std::optional<resources::Object>& stored
) {
    Difference out{.key = resources::key_of(wanted)};
    if (!stored) {
        out.change = Change::create;
        return out;
    }
    const auto compare =
        [&](const std::string& prefix, const json::object& before, const json::object& after) {
            for (resources::FieldChange change : resources::diff(before, after)) {
                change.path.insert(0, prefix);
                out.fields.push_back(std::move(change));
            }
        };
    const auto overlaid = [](json::object before, const json::object& with) {
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
    if (!out.fields.empty()) out.change = Change::configure;
    return out;
}

std::vector<Difference> differences(const Context& context) {
    const std::vector<std::string> paths = declared_paths(context.options);
    const std::vector<resources::Object> objects =
        load_declaration(paths, stored_for(context.client, paths));
    std::vector<Difference> out;
    for (const resources::Object& object : objects) {
        Difference one = difference(object, context.client.find(target_of(object)));
        if (one.change != Change::none) out.push_back(std::move(one));
    }
    for (const std::string& path : paths) {
        if (!is_folder_path(path)) continue;
        for (const resources::ObjectKey& key :
             no_longer_declared(context.client, real_path(path), objects))
            out.push_back({.key = key, .change = Change::remove});
    }
    return out;
}

std::string text_of(const std::vector<Difference>& all) {
    std::string out;
    for (const Difference& one : all) {
        const char* const sign = one.change == Change::create      ? "+ "
                                 : one.change == Change::configure ? "~ "
                                                                   : "- ";
        out += sign + resources::to_text(one.key) + '\n';
        for (const resources::FieldChange& field : one.fields)
            out += "    " + resources::to_text(field) + '\n';
    }
    return out;
}

std::string names_of(const std::vector<Difference>& all) {
    std::string out;
    for (const Difference& one : all)
        out += short_name({resources::find_kind(one.key.kind), one.key.ns, one.key.name}) + '\n';
    return out;
}

json::object json_of(const std::vector<Difference>& all) {
    json::array changes;
    for (const Difference& one : all) {
        json::array fields;
        for (const resources::FieldChange& field : one.fields)
            fields.push_back(
                json::object{{"path", field.path}, {"before", field.before}, {"after", field.after}}
            );
        const char* const change = one.change == Change::create      ? "create"
                                   : one.change == Change::configure ? "configure"
                                                                     : "delete";
        changes.push_back(json::object{
            {"kind", one.key.kind},
            {"namespace", one.key.ns},
            {"name", one.key.name},
            {"change", change},
            {"fields", std::move(fields)}
        });
    }
    return {{"kind", "Diff"}, {"changes", std::move(changes)}};
}

}  // namespace

int diff_command(const Context& context) {
    const std::vector<Difference> found = differences(context);
    const Output output = context.options.output;
    if (output == Output::table)
        context.terminal.print(text_of(found));
    else if (output == Output::name)
        context.terminal.print(names_of(found));
    else
        context.terminal.print(value_text(json_of(found), output));
    return found.empty() ? 0 : 1;
}

}  // namespace vectis::api
