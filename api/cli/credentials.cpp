#include "api/cli/commands.hpp"
#include "api/cli/render.hpp"

#include <boost/json/array.hpp>

namespace vectis::api {
namespace json = boost::json;

int credentials_command(const Context& context) {
    const json::object answer = context.client.get("/api/v1/credentials");
    const json::value* items = answer.if_contains("items");
    const json::array list =
        items != nullptr && items->is_array() ? items->as_array() : json::array{};
    if (context.options.output == Output::json || context.options.output == Output::yaml) {
        context.terminal.print(value_text(list, context.options.output));
        return exit_done;
    }
    std::vector<Row> rows;
    for (const json::value& item : list) {
        if (!item.is_object()) continue;
        const json::object& one = item.as_object();
        rows.push_back(
            {text_at(one, "service"),
             text_at(one, "host"),
             text_at(one, "port"),
             text_at(one, "tls"),
             text_at(one, "user"),
             text_at(one, "password")}
        );
    }
    if (rows.empty())
        context.terminal.complain("the installation holds no generated password\n");
    else
        context.terminal.print(
            table_text({"SERVICE", "HOST", "PORT", "TLS", "USER", "PASSWORD"}, rows)
        );
    return exit_done;
}

}  // namespace vectis::api
