#include "api/cli/declaration.hpp"
#include "api/cli/errors.hpp"
#include "api/cli/options.hpp"
#include "api/cli/progress.hpp"
#include "api/cli/render.hpp"
#include "api/cli/summary_view.hpp"
#include "api/cli/supervise.hpp"
#include "api/cli/targets.hpp"
#include "tests/unit/controller/folder.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace vectis::api {
namespace {

ParsedCommandLine parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "vectis");
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

std::vector<std::string> paths(
    const std::vector<std::string>& arguments, const std::string& ns = {}
) {
    std::vector<std::string> out;
    for (const Target& target : parse_targets(arguments, ns)) out.push_back(path_of(target));
    return out;
}

TEST(CommandLine, ReadsKubectlsForms) {
    const ParsedCommandLine parsed =
        parse({"get", "mailbox", "alice", "-n", "example.test", "-o", "yaml", "-w"});
    ASSERT_TRUE(parsed.options) << parsed.err;
    EXPECT_EQ(parsed.options->command, Command::get);
    EXPECT_EQ(parsed.options->output, Output::yaml);
    EXPECT_TRUE(parsed.options->is_watching);
    EXPECT_EQ(parsed.options->arguments, (std::vector<std::string>{"mailbox", "alice"}));
}

TEST(CommandLine, ExitsWith2ForWhatItDoesNotUnderstand) {
    for (const auto& arguments : std::vector<std::vector<const char*>>{
             {},
             {"fly"},
             {"get"},
             {"get", "x", "-o", "xml"},
             {"up", "d", "--timeout", "soon"},
             {"apply"}
         }) {
        const ParsedCommandLine parsed = parse(arguments);
        EXPECT_FALSE(parsed.options);
        EXPECT_EQ(parsed.exit_code, 2);
        EXPECT_FALSE(parsed.err.empty());
    }
}

TEST(CommandLine, NamesTheCommandThatWasMeant) {
    EXPECT_EQ(parse({"statsu"}).err, "there is no command 'statsu'; did you mean 'status'?\n");
    EXPECT_EQ(
        parse({"frobnicate"}).err, "there is no command 'frobnicate'; vectis --help lists them\n"
    );
    EXPECT_NE(parse({}).err.find("credentials"), std::string::npos);
    EXPECT_EQ(parse({"--version"}).exit_code, 0);
}

TEST(CommandLine, ShowsExamplesInEveryHelp) {
    for (const char* command :
         {"up",
          "down",
          "status",
          "get",
          "describe",
          "plan",
          "diff",
          "apply",
          "delete",
          "watch",
          "wait",
          "logs",
          "events",
          "credentials",
          "controller"}) {
        const ParsedCommandLine parsed = parse({command, "--help"});
        EXPECT_EQ(parsed.exit_code, 0);
        EXPECT_NE(parsed.out.find("Examples:\n  vectis "), std::string::npos) << command;
    }
    const std::string all = parse({"--help"}).out;
    EXPECT_EQ(all.find("supervise"), std::string::npos);
}

TEST(CommandLine, WaitsAfterADeleteUnlessToldOtherwise) {
    EXPECT_TRUE(parse({"delete", "domain/a.test"}).options->is_waiting);
    EXPECT_FALSE(parse({"delete", "domain/a.test", "--no-wait"}).options->is_waiting);
    EXPECT_FALSE(parse({"apply", "-f", "x"}).options->is_waiting);
}

TEST(CommandLine, ReadsDurations) {
    EXPECT_EQ(parse_duration("90s"), std::chrono::seconds(90));
    EXPECT_EQ(parse_duration("15m"), std::chrono::seconds(900));
    EXPECT_EQ(parse_duration("2h"), std::chrono::seconds(7200));
    EXPECT_EQ(parse_duration("7"), std::chrono::seconds(7));
    for (const char* bad : {"", "s", "-1s", "1d", "1.5s"}) EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Targets, TakeKindsNamesAndSlashes) {
    EXPECT_EQ(paths({"wl"}), std::vector<std::string>{"/apis/platform.vectis.dev/v1/workloads"});
    EXPECT_EQ(paths({"workload", "a", "b"}).size(), 2U);
    EXPECT_EQ(
        paths({"Workload/a", "domain/b.test"}).back(), "/apis/mail.vectis.dev/v1/domains/b.test"
    );
    EXPECT_EQ(paths({"networks,volumes"}).size(), 2U);
    EXPECT_EQ(
        paths({"mailbox", "alice"}, "x.test").front(),
        "/apis/mail.vectis.dev/v1/namespaces/x.test/mailboxes/alice"
    );
    EXPECT_EQ(
        paths({"mailbox", "alice@x.test"}).front(),
        "/apis/mail.vectis.dev/v1/namespaces/x.test/mailboxes/alice"
    );
    EXPECT_EQ(paths({"all"}).size(), resources::kinds().size());
}

TEST(Targets, RefuseWhatNamesNothing) {
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {}, {"cars"}, {"workload/"}, {"workload/a", "b"}, {"mailbox", "alice"}, {"a,,b"}
         }) {
        EXPECT_THROW(parse_targets(arguments, ""), InvalidInput);
    }
    EXPECT_THROW(parse_named_targets(std::vector<std::string>{"workloads"}, ""), InvalidInput);
    EXPECT_THROW(
        parse_targets(std::vector<std::string>{"mailbox", "alice@x.test"}, "y.test"), InvalidInput
    );
}

TEST(Render, AlignsColumnsAndDefusesControlCharacters) {
    const std::vector<Row> rows{{"long name", "b"}, {"ü", "\x1b[2Jx"}};
    EXPECT_EQ(table_text({"A", "B"}, rows), "A          B\nlong name  b\nü          ?[2Jx\n");
}

TEST(Render, CutsALineBetweenCharacters) {
    EXPECT_EQ(one_line("aüb", 2), "aü");
    EXPECT_EQ(one_line("a\nb", 9), "a?b");
}

SummaryView view(const char* text) {
    return summary_from(boost::json::parse(text).as_object());
}

constexpr const char* starting =
    R"({"objects":[{"kind":"Workload","namespace":"","name":"postfix","phase":"Reconciling","reason":"Starting","message":"waits","ports":{"smtp":2525}}]})";
constexpr const char* running =
    R"({"objects":[{"kind":"Workload","namespace":"","name":"postfix","phase":"Ready","restarts":2}]})";

TEST(Summary, TellsWhatChangedSinceTheLastLook) {
    EXPECT_EQ(
        changes_between({}, view(starting)),
        std::vector<std::string>{"Workload/postfix: Reconciling (Starting): waits"}
    );
    EXPECT_TRUE(changes_between(view(starting), view(starting)).empty());
    EXPECT_EQ(
        changes_between(view(starting), view(running)),
        std::vector<std::string>{"Workload/postfix: Ready"}
    );
    EXPECT_EQ(
        changes_between(view(running), {}), std::vector<std::string>{"Workload/postfix: gone"}
    );
}

TEST(Summary, IsSettledWhenEverythingIsReadyAndStored) {
    EXPECT_FALSE(is_settled({}));
    EXPECT_FALSE(is_settled(view(starting)));
    EXPECT_TRUE(is_settled(view(running)));
    SummaryView waiting = view(running);
    waiting.pending.emplace_back("Mailbox/example.test/alice");
    EXPECT_FALSE(is_settled(waiting));
}

TEST(Summary, ShowsPortsAndMessagesInTheStatus) {
    const std::string text = status_text(view(starting));
    EXPECT_NE(text.find("smtp 2525"), std::string::npos);
    EXPECT_NE(text.find("waits"), std::string::npos);
    EXPECT_NE(status_text({}).find("nothing is declared"), std::string::npos);
}

TEST(Summary, TellsWhatWasRepairedLastAndWhereTheMetricsAre) {
    const std::string text = status_text(view(
        R"({"metricsPort":2091,"objects":[{"kind":"Workload","name":"valkey","phase":"Ready","restarts":1,)"
        R"("lastRepair":{"time":"2026-11-25T12:00:00Z","message":"start container vectis-valkey-1: it stopped"}}]})"
    ));
    EXPECT_NE(
        text.find("repaired 2026-11-25T12:00:00Z start container vectis-valkey-1: it stopped"),
        std::string::npos
    ) << text;
    EXPECT_NE(text.find("http://127.0.0.1:2091"), std::string::npos) << text;
}

TEST(Progress, DrawsALineForEachWorkloadWithinTheWidth) {
    const auto lines = live_lines(view(starting), 20, 30);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines.front(), "  ...  Workload/post");
}

TEST(Supervisor, BacksOffUpToTenSeconds) {
    EXPECT_EQ(restart_delay(0), controller::Duration::zero());
    EXPECT_EQ(restart_delay(1), std::chrono::milliseconds(200));
    EXPECT_EQ(restart_delay(2), std::chrono::milliseconds(400));
    EXPECT_EQ(restart_delay(1000), std::chrono::seconds(10));
}

TEST(CommandLine, TakesTheFormatsThatACommandCanShow) {
    struct Row {
        std::vector<const char*> command;
        std::string formats;
    };
    const std::vector<Row> rows{
        {{"status"}, "table json yaml name"},
        {{"get", "workloads"}, "table json yaml name"},
        {{"watch", "workloads"}, "table json yaml name"},
        {{"events"}, "table json yaml name"},
        {{"plan"}, "table json yaml name"},
        {{"diff", "d"}, "table json yaml name"},
        {{"apply", "-f", "x"}, "table json yaml name"},
        {{"delete", "domain/a.test"}, "table json yaml name"},
        {{"credentials"}, "table json yaml"},
        {{"up", "d"}, ""},
        {{"down"}, ""},
        {{"describe", "workloads"}, ""},
        {{"wait", "workload/a"}, ""},
        {{"logs", "postfix"}, ""},
    };
    for (const Row& row : rows) {
        for (const char* const format : {"table", "json", "yaml", "name", "wide"}) {
            std::vector<const char*> arguments = row.command;
            arguments.insert(arguments.end(), {"-o", format});
            const ParsedCommandLine parsed = parse(arguments);
            const bool is_shown = row.formats.find(format) != std::string::npos;
            EXPECT_EQ(parsed.options.has_value(), is_shown) << row.command[0] << ' ' << format;
            if (!is_shown) {
                EXPECT_EQ(parsed.exit_code, 2) << row.command[0] << ' ' << format;
            }
        }
    }
}

TEST(CommandLine, ShowsStandardInputWhereItIsTaken) {
    for (const char* const command : {"apply", "diff"})
        EXPECT_NE(parse({command, "--help"}).out.find("-f -"), std::string::npos) << command;
}

TEST(Render, ShowsOneWrittenObjectAsItselfAndSeveralAsAList) {
    resources::Object network{.api_version = "platform.vectis.dev/v1", .kind = "Network"};
    network.metadata.name = "a";
    const std::vector<resources::Object> one{network};
    const std::vector<resources::Object> two{network, network};
    EXPECT_EQ(boost::json::parse(written_text(one, Output::json)).at("kind"), "Network");
    EXPECT_EQ(boost::json::parse(written_text(two, Output::json)).at("kind"), "List");
    EXPECT_EQ(written_text(two, Output::name), "network/a\nnetwork/a\n");
}

TEST(Declaration, IsReadByTheRulesOfTheController) {
    const controller::TestFolder folder;
    std::filesystem::create_symlink("nowhere", folder / "a.yaml");
    const std::vector<std::string> paths{folder.path()};
    EXPECT_THROW(read_sources(paths), InvalidInput) << "what is not seen would be removed";
    std::filesystem::remove(folder / "a.yaml");
    std::ofstream(folder / "a.yaml") << "kind: Network\n";
    std::ofstream(folder / ".b.yaml") << "[";
    std::ofstream(folder / "c.yml") << "kind: Network\n";
    std::ofstream(folder / "notes.txt") << "[";
    EXPECT_EQ(read_sources(paths).size(), 2U);
    EXPECT_EQ(read_sources(std::vector<std::string>{folder / "c.yml"}).size(), 1U);
    EXPECT_THROW(read_sources(std::vector<std::string>{folder / "d.yaml"}), InvalidInput);
}

TEST(Declaration, KnowsWhatLiesInAFolder) {
    EXPECT_TRUE(lies_in("/a/b", "/a"));
    EXPECT_TRUE(lies_in("/a", "/a"));
    EXPECT_FALSE(lies_in("/ab", "/a"));
}

}  // namespace
}  // namespace vectis::api
