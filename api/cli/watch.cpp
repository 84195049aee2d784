#include "api/cli/commands.hpp"
#include "api/cli/errors.hpp"
#include "api/cli/render.hpp"
#include "api/http.hpp"

#include <boost/json/parse.hpp>

namespace vectis::api {
namespace json = boost::json;
namespace {

std::string watch_target(const Target& target, const std::string& selector) {
    std::string out = path_of({target.kind, target.ns, ""}) + "?watch=1&timeoutSeconds=3600";
    if (!target.name.empty())
        out += "&fieldSelector=" + percent_encode("metadata.name=" + target.name);
    if (!selector.empty()) out += "&labelSelector=" + percent_encode(selector);
    return out;
}

/// Prints one event; false ends the watch.
class Printer {
public:
    explicit Printer(const Context& context) : context_(context) {}

    bool print(std::string_view line) {
        boost::system::error_code error;
        const json::value event = json::parse({line.data(), line.size()}, error);
        if (error || !event.is_object())
            throw ClientError("the controller's watch event is no JSON object");
        const json::value* object = event.as_object().if_contains("object");
        if (object == nullptr || !object->is_object()) return true;
        const std::string type = text_at(event.as_object(), "type");
        if (type == "ERROR")
            throw ApiError(
                static_cast<int>(
                    object->as_object().contains("code")
                        ? object->at("code").to_number<std::int64_t>()
                        : 500
                ),
                text_at(object->as_object(), "reason"),
                text_at(object->as_object(), "message")
            );
        if (type == "BOOKMARK") return true;
        if (context_.options.output == Output::table)
            print_row(type, object->as_object());
        else
            print_object(object->as_object());
        return true;
    }

private:
    void print_row(const std::string& type, const json::object& table) {
        Row header = header_of(table);
        header.insert(header.begin(), "EVENT");
        std::vector<Row> rows = rows_of(table);
        for (Row& row : rows) row.insert(row.begin(), type);
        const std::string text = table_text(header, rows);
        // The columns of a stream cannot be known in advance: the header comes once, each row by
        // itself.
        context_.terminal.print(has_header_ ? text.substr(text.find('\n') + 1) : text);
        has_header_ = true;
    }

    void print_object(const json::object& object) {
        const resources::Object one = resources::from_json(object);
        if (context_.options.output == Output::yaml) context_.terminal.print("---\n");
        context_.terminal.print(object_text(one, context_.options.output));
    }

    const Context& context_;
    bool has_header_ = false;
};

}  // namespace

int watch_command(const Context& context) {
    const std::vector<Target> targets =
        parse_targets(context.options.arguments, context.options.ns);
    if (targets.size() != 1) throw InvalidInput("watch one kind or one object at a time");
    const std::string accept = context.options.output == Output::table
                                   ? "application/json;as=Table;v=v1;g=meta.k8s.io"
                                   : "application/json";
    Printer printer(context);
    context.client.stream_lines(
        watch_target(targets.front(), context.options.selector),
        accept,
        [&](std::string_view line) { return printer.print(line); }
    );
    return exit_done;
}

}  // namespace vectis::api
