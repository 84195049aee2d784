#include "api/cli/commands.hpp"
#include "api/cli/render.hpp"
#include "api/cli/summary_view.hpp"

namespace vectis::api {

int status_command(const Context& context) {
    if (!context.client.is_answering()) {
        context.terminal.complain(
            "no controller runs here (" + context.options.controller.home.folder +
            "): nothing repairs what breaks; start it with 'vectis up DIR'\n"
        );
        return exit_failed;
    }
    const boost::json::object summary = context.client.get("/api/v1/status");
    const Output output = context.options.output;
    if (output == Output::json || output == Output::yaml) {
        context.terminal.print(value_text(summary, output));
        return exit_done;
    }
    const SummaryView view = summary_from(summary);
    if (output == Output::name) {
        for (const ObjectLine& line : view.objects) context.terminal.print(line.key + '\n');
        return exit_done;
    }
    context.terminal.print(status_text(view));
    return exit_done;
}

}  // namespace vectis::api
