#include "api/cli/commands.hpp"
#include "api/cli/errors.hpp"
#include "api/cli/render.hpp"

namespace vectis::api {
namespace {

/// Whole kinds by one list request each, single objects one by one; a missing one is complained of
/// and makes the command fail.
int print_tables(const Context& context, const std::vector<Target>& targets) {
    int code = exit_done;
    const resources::Kind* last_kind = nullptr;
    Row header;
    std::vector<Row> rows;
    const auto flush = [&] {
        if (rows.empty()) return;
        context.terminal.print(table_text(header, rows));
        rows.clear();
    };
    for (const Target& target : targets) {
        if (target.kind != last_kind && !rows.empty()) {
            flush();
            context.terminal.print("\n");
        }
        last_kind = target.kind;
        try {
            const std::string query =
                target.name.empty() ? selector_query(context.options.selector) : "";
            const boost::json::object table = context.client.get_table(path_of(target) + query);
            header = header_of(table);
            const std::vector<std::string> namespaces = namespaces_of(table);
            // Every parsed target has a kind.
            // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker,clang-analyzer-core.NullDereference)
            const resources::Kind& kind = *target.kind;
            const bool shows_namespaces = context.options.is_everywhere && kind.is_namespaced;
            if (shows_namespaces) header.insert(header.begin(), "NAMESPACE");
            std::size_t place = 0;
            for (Row& row : rows_of(table)) {
                if (targets.size() > 1 && target.name.empty() && !row.empty())
                    row.front() = std::string(kind.singular) + '/' + row.front();
                if (shows_namespaces) row.insert(row.begin(), namespaces.at(place));
                ++place;
                rows.push_back(std::move(row));
            }
        } catch (const ApiError& error) {
            context.terminal.complain(std::string("error: ") + error.what() + '\n');
            code = exit_failed;
        }
    }
    const bool is_nothing =
        rows.empty() && last_kind != nullptr && targets.size() == 1 && code == exit_done;
    flush();
    if (is_nothing) context.terminal.complain("no " + std::string(last_kind->plural) + " found\n");
    return code;
}

int print_objects(const Context& context, const std::vector<Target>& targets) {
    int code = exit_done;
    std::vector<resources::Object> objects;
    for (const Target& target : targets) {
        if (target.name.empty()) {
            for (resources::Object& object : context.client.list(target, context.options.selector))
                objects.push_back(std::move(object));
        } else if (std::optional<resources::Object> object = context.client.find(target)) {
            objects.push_back(std::move(*object));
        } else {
            context.terminal.complain("error: " + short_name(target) + " not found\n");
            code = exit_failed;
        }
    }
    // A single named object prints as itself; a whole kind with one object is still a list.
    const bool is_single = targets.size() == 1 && !targets.front().name.empty();
    if (is_single && objects.empty()) return code;
    const Output output = context.options.output;
    context.terminal.print(
        is_single ? object_text(objects.front(), output) : list_text(objects, output)
    );
    return code;
}

}  // namespace

int get_command(const Context& context) {
    if (context.options.is_watching) return watch_command(context);
    const std::vector<Target> targets =
        parse_targets(context.options.arguments, context.options.ns);
    return context.options.output == Output::table ? print_tables(context, targets)
                                                   : print_objects(context, targets);
}

}  // namespace vectis::api
