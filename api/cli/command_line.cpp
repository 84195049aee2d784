#include "api/cli/options.hpp"
#include "api/discovery.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <map>
#include <memory>
#include <sstream>

namespace vectis::api {
namespace {

const std::map<std::string, Output> output_names{
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
    Builder& output() {
        current_->add_option("-o,--output", options_.output, "table, json, yaml or name")
            ->transform(CLI::CheckedTransformer(output_names))
            ->default_str("table");
        return *this;
    }
    Builder& flag(const char* names, bool& value, const char* help) {
        current_->add_flag(names, value, help);
        return *this;
    }
    Builder& time_limit() {
        current_->add_option("--timeout", time_limit_, "Longest time to wait, such as 90s or 15m")
            ->check([](const std::string& text) {
                return parse_duration(text) ? std::string()
                                            : "'" + text + "' is no duration such as 90s or 15m";
            });
        return *this;
    }
    CLI::App& current() { return *current_; }

private:
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
        .output();
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
            "  vectis wait platform/mail --timeout 5m\n  vectis wait workload/postfix --for "
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
        .output();
    build
        .command(
            Command::diff,
            "diff",
            "Fields that differ from what is stored",
            "  vectis diff -f examples/quickstart"
        )
        .files()
        .targets("Folder or file", false);
    build
        .command(
            Command::apply,
            "apply",
            "Create or change objects from files",
            "  vectis apply -f mailbox.yaml --wait\n  cat domain.yaml | vectis apply -f -"
        )
        .files(true)
        .flag("--wait", options.is_waiting, "Wait until the objects are Ready")
        .flag("--dry-run", options.is_dry_run, "Check only, write nothing")
        .time_limit();
    build
        .command(
            Command::remove,
            "delete",
            "Delete objects",
            "  vectis delete mailbox alice -n example.test\n  vectis delete -f mailbox.yaml"
        )
        .targets("KIND NAME… or KIND/NAME…", false)
        .files()
        .ns()
        .flag("--wait,!--no-wait", options.is_waiting, "Wait until they are gone (default)")
        .flag("--dry-run", options.is_dry_run, "Check only, delete nothing")
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
                "Loopback port of /metrics, /healthz and /readyz; 0 picks one"
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
    if (!time_limit.empty()) options.time_limit = *parse_duration(time_limit);
    out.options = std::move(options);
    return out;
}

}  // namespace vectis::api
