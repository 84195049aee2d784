#include "api/cli/options.hpp"
#include "api/discovery.hpp"
#include "resources/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <sstream>
#include <string_view>
#include <vector>

namespace vectis::api {
namespace {

using OutputNames = std::map<std::string, Output>;

const OutputNames output_names{
    {"table", Output::table}, {"json", Output::json}, {"yaml", Output::yaml}, {"name", Output::name}
};

constexpr const char* main_footer = R"(Examples:
  vectis up examples/quickstart        declare a folder and wait until it runs
  vectis status                        what runs, and what is wrong
  vectis get mailboxes -n example.test
  vectis plan -f examples/quickstart   what would be done, and why
  vectis credentials                   how to log in
  vectis down                          stop everything, keep the mail

Exit codes: 0 done, 1 failed, 2 invalid input; diff and plan: 0 no change, 1 changes, 2 error.
State lives in $VECTIS_HOME (root: /var/lib/vectis, others: ~/.local/state/vectis).)";

/// Adds subcommands with the options they share.
class Builder {
public:
    Builder(CLI::App& app, Options& options, std::string& time_limit)
        : app_(app), options_(options), time_limit_(time_limit) {}

    Builder& command(Command id, const char* name, const char* help, const std::string& examples) {
        current_ = app_.add_subcommand(name, help);
        current_->footer("Examples:\n" + examples);
        current_->callback([this, id] { options_.command = id; });
        return *this;
    }
    Builder& targets(const char* help, bool is_required = true) {
        CLI::Option* option = current_->add_option("TARGET", options_.arguments, help);
        if (is_required) option->required();
        return *this;
    }
    Builder& files(bool is_required = false) {
        CLI::Option* option = current_->add_option(
            "-f,--filename",
            options_.files,
            "File, folder, or - for standard input; may be repeated"
        );
        if (is_required) option->required();
        return *this;
    }
    Builder& ns() {
        current_->add_option(
            "-n,--namespace", options_.ns, "Namespace: the mail domain of mailboxes and aliases"
        );
        return *this;
    }
    Builder& selector() {
        current_->add_option(
            "-l,--selector", options_.selector, "Label selector, such as tier=mail,!test"
        );
        return *this;
    }
    Builder& output() { return output(output_names, "table|json|yaml|name [table]"); }
    /// For what has no names, such as accounts.
    Builder& output_without_names() {
        OutputNames names = output_names;
        names.erase("name");
        return output(names, "table|json|yaml [table]");
    }
    Builder& flag(const char* names, bool& value, const char* help) {
        current_->add_flag(names, value, help);
        return *this;
    }
    /// As kubectl spells it; whichever is named, the controller checks.
    Builder& dry_run(const std::string& help) {
        current_->add_flag("--dry-run{server}", help)
            ->check(CLI::IsMember({"server", "client", "none"}))
            ->each([this](const std::string& value) { options_.is_dry_run = value != "none"; });
        return *this;
    }
    Builder& time_limit() {
        current_->add_option("--timeout", time_limit_, "Longest time to wait, such as 90s [15m]")
            ->check([](const std::string& text) {
                return parse_duration(text) ? std::string()
                                            : "'" + text + "' is no duration such as 90s or 15m";
            });
        return *this;
    }
    CLI::App& current() { return *current_; }

private:
    Builder& output(const OutputNames& names, const char* text) {
        current_->add_option("-o,--output", options_.output, "How to show it")
            ->transform(CLI::CheckedTransformer(names))
            ->option_text(text);
        return *this;
    }

    CLI::App& app_;
    Options& options_;
    std::string& time_limit_;
    CLI::App* current_ = nullptr;
};

void add_running(Builder& build, Options& options) {
    build
        .command(
            Command::up,
            "up",
            "Declare a folder and wait until everything in it runs",
            "  vectis up examples/quickstart\n  vectis up -f site/ --timeout 30m"
        )
        .targets("Folder with the declaration", false)
        .files()
        .flag(
            "--force-conflicts",
            options.is_taking_over,
            "Take over what another folder declares; mail and passwords stay"
        )
        .time_limit();
    build
        .command(
            Command::down,
            "down",
            "Stop everything; mail, passwords and images stay",
            "  vectis down\n  vectis down --volumes --images     leave nothing behind"
        )
        .flag(
            "--volumes",
            options.removes_volumes,
            "Also remove the mail, the state, the CA and secrets.yaml"
        )
        .flag("--images", options.removes_images, "Also remove the images that were built")
        .time_limit();
    build
        .command(
            Command::status,
            "status",
            "What runs, and what is wrong",
            "  vectis status\n  vectis status -o json"
        )
        .output();
    build
        .command(
            Command::credentials,
            "credentials",
            "What an owner needs to log in with each account",
            "  vectis credentials\n  vectis credentials -o json"
        )
        .output_without_names();
    build
        .command(
            Command::logs,
            "logs",
            "The log of a workload's container",
            "  vectis logs postfix --tail 50\n  vectis logs workload/dovecot -f"
        )
        .targets("Workload")
        .flag("-f,--follow", options.is_following, "Go on until interrupted");
    build.current()
        .add_option("--tail", options.tail, "Only the last lines")
        ->check(CLI::Range(0, 1000000));
}

void add_reading(Builder& build, Options& options) {
    build
        .command(
            Command::get,
            "get",
            "Show objects",
            "  vectis get workloads\n  vectis get mailbox alice -n example.test -o yaml\n  vectis "
            "get workload/postfix --watch"
        )
        .targets("KIND, KIND NAME… or KIND/NAME…")
        .ns()
        .selector()
        .output()
        .flag("-A,--all-namespaces", options.is_everywhere, "All namespaces, whatever -n says")
        .flag("-w,--watch", options.is_watching, "Show changes until interrupted");
    build
        .command(
            Command::watch,
            "watch",
            "Show changes of objects until interrupted",
            "  vectis watch workloads\n  vectis watch mailboxes -n example.test -o json"
        )
        .targets("KIND, KIND NAME… or KIND/NAME…")
        .ns()
        .selector()
        .output();
    build
        .command(
            Command::describe,
            "describe",
            "Everything about objects: fields, conditions, events",
            "  vectis describe workload postfix\n  vectis describe platform"
        )
        .targets("KIND, KIND NAME… or KIND/NAME…")
        .ns()
        .selector();
    build
        .command(
            Command::events,
            "events",
            "What happened",
            "  vectis events\n  vectis events workload/postfix --watch"
        )
        .targets("KIND/NAME: only events of this object", false)
        .ns()
        .output()
        .flag("-w,--watch", options.is_watching, "Go on until interrupted");
    build
        .command(
            Command::wait,
            "wait",
            "Wait until objects have a condition or are gone",
            "  vectis wait platform/default --timeout 5m\n  vectis wait workload/postfix --for "
            "condition=Ready\n  vectis wait mailbox/alice -n example.test --for delete"
        )
        .targets("KIND NAME… or KIND/NAME…")
        .ns()
        .time_limit();
    build.current()
        .add_option("--for", options.wait_for, "condition=NAME[=VALUE], or delete")
        ->default_str("condition=Ready");
}

void add_changing(Builder& build, Options& options) {
    build
        .command(
            Command::plan,
            "plan",
            "What would be done, in order, and why; changes nothing",
            "  vectis plan -f examples/quickstart\n  vectis plan                       what is "
            "still to do now"
        )
        .files()
        .targets("Folder or file", false)
        .flag("--force-conflicts", options.is_taking_over, "As with 'up'")
        .output();
    build
        .command(
            Command::diff,
            "diff",
            "Fields that differ from what is stored",
            "  vectis diff -f examples/quickstart\n  cat domain.yaml | vectis diff -f -\n  vectis "
            "diff "
            "-f site/ -o json"
        )
        .files()
        .targets("Folder or file", false)
        .output();
    build
        .command(
            Command::apply,
            "apply",
            "Create or change objects from files",
            "  vectis apply -f mailbox.yaml --wait\n  cat domain.yaml | vectis apply -f -"
        )
        .files(true)
        .flag("--wait", options.is_waiting, "Wait until the objects are Ready")
        .dry_run("Check only, write nothing")
        .flag(
            "--force-conflicts",
            options.is_taking_over,
            "Overwrite what another manager applied with other values"
        )
        .output()
        .time_limit();
    build
        .command(
            Command::remove,
            "delete",
            "Delete objects",
            "  vectis delete mailbox alice -n example.test\n  vectis delete -f mailbox.yaml\n  "
            "vectis "
            "delete -f site/                 a declared folder: all of it, for good"
        )
        .targets("KIND NAME… or KIND/NAME…", false)
        .files()
        .ns()
        .flag("--wait,!--no-wait", options.is_waiting, "Wait until they are gone (default)")
        .dry_run("Check only, delete nothing")
        .output()
        .time_limit();
}

void add_controller(Builder& build, Options& options) {
    for (const auto& [id, name] :
         {std::pair{Command::controller, "controller"}, std::pair{Command::supervise, "supervise"}
         }) {
        build.command(
            id,
            name,
            "Run the controller in the foreground",
            "  vectis controller --log-level debug"
        );
        CLI::App& command = build.current();
        ControllerOptions& controller = options.controller;
        command
            .add_option(
                "--manifests",
                controller.manifests,
                "Folder to read instead of the built-in manifests"
            )
            ->envname("VECTIS_MANIFESTS");
        command
            .add_option(
                "--metrics-port",
                controller.metrics_port,
                "Loopback port of /metrics, /healthz and /readyz; 0 picks one; default 2090, or a "
                "free one if that is taken"
            )
            ->envname("VECTIS_METRICS_PORT")
            ->check(CLI::Range(0, 65535));
        command.add_option("--log-level", controller.log_level, "debug, info, warn or error")
            ->envname("VECTIS_LOG_LEVEL")
            ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
        command.add_option("--log-format", controller.log_format, "text or json")
            ->envname("VECTIS_LOG_FORMAT")
            ->check(CLI::IsMember({"text", "json"}));
        // Only `up` starts the supervisor; people run the controller itself.
        if (id == Command::supervise) command.group("");
    }
}

/// What to say of a first word that names no command; empty if it does, or is an option.
std::string unknown_command(CLI::App& app, const std::string& word) {
    if (word.starts_with('-')) return {};
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
    if (std::find(names.begin(), names.end(), word) != names.end()) return {};
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string near = resources::nearest(word, known);
    return "there is no command '" + word + "'" +
           (near.empty() ? "; vectis --help lists them" : "; did you mean '" + near + "'?") + '\n';
}

}  // namespace

std::optional<std::chrono::seconds> parse_duration(const std::string& text) {
    long number = 0;
    const char* end = text.data() + text.size();
    const auto [unit, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || number < 0 || number > 1'000'000) return std::nullopt;
    const std::string suffix(unit, end);
    if (suffix.empty() || suffix == "s") return std::chrono::seconds(number);
    if (suffix == "m") return std::chrono::minutes(number);
    if (suffix == "h") return std::chrono::hours(number);
    if (suffix == "ms")
        return std::chrono::ceil<std::chrono::seconds>(std::chrono::milliseconds(number));
    return std::nullopt;
}

ParsedCommandLine parse_command_line(int argc, const char* const* argv) {
    Options options;
    options.controller.log_level = "info";
    options.controller.log_format = "text";
    // `delete` waits unless told otherwise; the other commands have their own flag, off by default.
    std::string time_limit;
    CLI::App app("Vectis: a self-hosted mail platform that keeps itself running.", "vectis");
    app.footer(main_footer);
    app.require_subcommand(1);
    app.set_version_flag("--version", std::string("vectis ") + std::string(program_version));
    Builder build(app, options, time_limit);
    add_running(build, options);
    add_reading(build, options);
    add_changing(build, options);
    add_controller(build, options);
    ParsedCommandLine out;
    if (argc < 2) return {.exit_code = exit_invalid, .err = app.help()};
    if (std::string unknown = unknown_command(app, argv[1]); !unknown.empty())
        return {.exit_code = exit_invalid, .err = std::move(unknown)};
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::ostringstream stdout_text;
        std::ostringstream stderr_text;
        out.exit_code = app.exit(error, stdout_text, stderr_text) == 0 ? exit_done : exit_invalid;
        out.out = stdout_text.str();
        out.err = stderr_text.str();
        return out;
    }
    if (options.command == Command::remove && app.get_subcommand("delete")->count("--wait") == 0)
        options.is_waiting = true;
    if (options.is_everywhere) options.ns.clear();
    if (!time_limit.empty()) options.time_limit = *parse_duration(time_limit);
    out.options = std::move(options);
    return out;
}

}  // namespace vectis::api
