#include "api/cli/cli.hpp"
#include "api/http_server.hpp"
#include "api/router.hpp"
#include "controller/event_log.hpp"
#include "controller/journal_store.hpp"
#include "resources/condition.hpp"
#include "resources/load.hpp"
#include "tests/unit/controller/limited_store.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

/// The real command line over a controller that has stores but no engine: what is declared is Ready
/// at once. For tests of the processes: start, restart, locks, stop.
namespace {
using namespace vectis;

class NoPlanner final : public controller::Planner {
public:
    controller::PlanOutcome plan(const controller::DesiredChange& change) override {
        controller::PlanOutcome out;
        for (const resources::Object& object : change.apply) {
            out.actions.push_back({resources::key_of(object), "create", "it does not exist"});
        }
        return out;
    }
};

class NoQueries final : public controller::Queries {
public:
    std::vector<controller::Credential> credentials() override {
        return {{"imaps", "127.0.0.1", 2993, "implicit", "alice@example.test", "pw"}};
    }
    bool logs(
        const controller::LogRequest&, const std::function<void(std::string_view)>&, std::stop_token
    ) override {
        return false;
    }
};

constexpr std::size_t most_mail_objects = 2;

void make_ready(controller::Store& store, resources::Object object) {
    resources::set_condition(
        object.status,
        {"Ready", resources::ConditionStatus::yes, "Done", "", object.metadata.generation, ""}
    );
    store.update_status(object);
}

api::DeclareOutcome declare(
    const controller::Stores& stores, controller::Clock& clock, const std::string& path
) {
    std::vector<resources::SourceFile> files;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        std::ifstream file(entry.path());
        files.push_back({entry.path(), {std::istreambuf_iterator<char>(file), {}}});
    }
    resources::LoadResult loaded = resources::load(files, {});
    if (!loaded.errors.empty()) return {.errors = loaded.errors};
    std::vector<resources::Object> objects;
    for (resources::LoadedObject& one : loaded.objects) objects.push_back(one.object);
    api::DeclareOutcome out{
        .source = {.path = path, .objects = static_cast<std::int64_t>(objects.size())}
    };
    const auto outcome = controller::apply(
        stores, clock, "file:" + path, objects, {.prune = controller::Prune::yes}
    );
    out.refused = outcome.refused;
    for (const auto& applied : outcome.objects)
        out.source.changed += applied.what == controller::Applied::unchanged ? 0 : 1;
    for (const resources::Object& object : stores.platform.list({}).items)
        make_ready(stores.platform, object);
    for (const resources::Object& object : stores.mail.list({}).items)
        make_ready(stores.mail, object);
    return out;
}

int run_controller(const api::ControllerOptions& options) {
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    std::filesystem::create_directories(options.home.state());
    controller::SystemClock clock;
    controller::SystemRandom random;
    controller::NoJournal journal;
    controller::JournalStore platform(journal, clock, random);
    controller::JournalStore unlimited(journal, clock, random);
    controller::LimitedStore mail(unlimited, most_mail_objects);
    controller::EventMemory events(clock);
    NoPlanner planner;
    NoQueries queries;
    const controller::Stores stores{platform, mail};
    const api::Router router({
        .stores = stores,
        .clock = clock,
        .events = events,
        .planner = planner,
        .queries = queries,
        .declare = [&](const std::string& path,
                       controller::Conflicts) { return declare(stores, clock, path); },
        .sources = [] { return std::vector<api::SourceState>{}; },
        .release = [&](const std::string& path
                   ) { return controller::release(stores, clock, "file:" + path); },
        .down = [](const api::DownRequest&) { return api::DownProgress{.is_done = true}; },
    });
    const api::HttpServer server(
        api::listen_unix(options.home.socket()),
        [&](const api::Request& request) { return router.handle(request); }
    );
    int signal = 0;
    sigwait(&ending, &signal);
    return api::exit_done;
}

}  // namespace

int main(int argc, char** argv) {
    return vectis::api::run_cli(argc, argv, {.run_controller = run_controller});
}
