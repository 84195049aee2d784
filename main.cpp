#include "api/cli/cli.hpp"
#include "api/health.hpp"
#include "api/http_server.hpp"
#include "api/router.hpp"
#include "controller/controller.hpp"
#include "controller/event_log.hpp"
#include "controller/file_lease.hpp"
#include "controller/file_secrets.hpp"
#include "controller/home.hpp"
#include "controller/journal_store.hpp"
#include "controller/leased_disk.hpp"
#include "controller/log.hpp"
#include "controller/log_file.hpp"
#include "controller/postgres/mail_attachment.hpp"
#include "controller/postgres/mail_store.hpp"
#include "controller/postgres/postgres_store.hpp"
#include "controller/source.hpp"
#include "docker-client/http_engine.hpp"
#include "reconcilers/assembly.hpp"
#include "reconcilers/core/announce.hpp"
#include "reconcilers/core/leased_engine.hpp"
#include "reconcilers/core/openssl_pki.hpp"
#include "reconcilers/core/port_listener.hpp"
#include "reconcilers/core/socket_prober.hpp"
#include "reconcilers/core/status.hpp"
#include "reconcilers/database/known_database.hpp"
#include "reconcilers/database/postgres_admin.hpp"
#include "reconcilers/engine_watch.hpp"
#include "reconcilers/maps/engine_map_files.hpp"
#include "reconcilers/maps/postgres_map_source.hpp"
#include "reconcilers/model_planner.hpp"
#include "reconcilers/queries.hpp"
#include "reconcilers/teardown.hpp"
#include "resources/condition.hpp"

#include <chrono>
#include <csignal>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

/// The only wiring: what is real is chosen here.
namespace {

using namespace vectis;

constexpr std::size_t engine_workers = 6;  // they mostly wait for the engine
constexpr std::size_t probe_threads = 2;
constexpr std::size_t job_threads = 2;

std::map<std::string, std::string> environment() {
    std::map<std::string, std::string> out;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        const std::size_t equals = text.find('=');
        if (equals != std::string::npos) out[text.substr(0, equals)] = text.substr(equals + 1);
    }
    return out;
}

controller::log::Level level_of(const std::string& name) {
    if (name == "debug") return controller::log::Level::debug;
    if (name == "warn") return controller::log::Level::warn;
    if (name == "error") return controller::log::Level::error;
    return controller::log::Level::info;
}

/// Names the content of secret volumes; made once.
std::string installation_key(controller::Secrets& secrets, controller::Random& random) {
    const std::string name = std::string(controller::platform_namespace) + "/installation";
    controller::Secrets::Values values = secrets.get(name).value_or(controller::Secrets::Values{});
    if (!values.contains("key")) {
        values["key"] = random.text(48);
        secrets.put(name, values);
    }
    return values.at("key");
}

sigset_t ending_signals() {
    sigset_t out;
    sigemptyset(&out);
    sigaddset(&out, SIGTERM);
    sigaddset(&out, SIGINT);
    return out;
}

/// Differs between builds: size and time of the program's file.
std::string build_identity() {
    const std::filesystem::path program = std::filesystem::canonical("/proc/self/exe");
    const auto time = std::filesystem::last_write_time(program).time_since_epoch().count();
    return std::to_string(std::filesystem::file_size(program)) + ' ' + std::to_string(time);
}

/// A second installation on the host takes a free port instead of the usual one. A port that was
/// asked for is that port or a mistake: throws std::invalid_argument, which names its holder.
api::Descriptor listen_for_metrics(const api::ControllerOptions& options) {
    constexpr std::uint16_t usual_port = 2090;
    const std::uint16_t port =
        options.metrics_port ? static_cast<std::uint16_t>(*options.metrics_port) : usual_port;
    try {
        return api::listen_loopback(port);
    } catch (const std::system_error& error) {
        if (error.code() != std::errc::address_in_use) throw;
        if (!options.metrics_port) return api::listen_loopback(0);
        const std::string holder = reconcilers::listener_of(port);
        throw std::invalid_argument(
            "port " + std::to_string(port) + " for metrics is taken" +
            (holder.empty() ? "" : " by " + holder) + "; choose another VECTIS_METRICS_PORT"
        );
    }
}

/// Everything of a running controller, in the order in which it is needed.
class Daemon {
public:
    Daemon(const api::ControllerOptions& options, controller::FileLease& lease);
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    ~Daemon();
    bool run();

private:
    api::DeclareOutcome declare(const std::string& path, controller::Conflicts conflicts);
    std::vector<api::SourceState> sources();
    api::DownProgress take_down(const api::DownRequest& request);
    void note_build();
    void reload();
    int wait_for_end();
    bool is_ready();

    controller::FileLease& lease_;
    controller::SystemClock clock_;
    controller::SystemRandom random_;
    controller::FolderDisk home_folder_;
    controller::FolderDisk state_folder_;
    controller::LeasedDisk home_;
    controller::LeasedDisk state_;
    controller::DiskJournal journal_;
    controller::JournalStore platform_;
    controller::PostgresStore postgres_;
    controller::MailStore mail_;
    controller::Source source_;
    controller::MailAttachment attachment_;
    controller::FileSecrets secrets_;
    controller::EventLog events_;
    controller::Manifests manifests_;
    controller::Metrics metrics_;
    docker::HttpEngine engine_;
    reconcilers::LeasedEngine leased_engine_;
    reconcilers::Seams seams_;
    controller::Controller controller_;
    reconcilers::ThreadJobs jobs_;
    reconcilers::SocketProber prober_;
    reconcilers::OpensslPki pki_;
    reconcilers::PostgresAdmin admin_;
    reconcilers::PostgresDirectory directory_;
    reconcilers::ChildPasswordHasher hasher_;
    reconcilers::PostgresMapSource map_source_;
    reconcilers::EngineMapFiles map_files_;
    reconcilers::Assembly assembly_;
    reconcilers::EngineWatch watch_;
    reconcilers::ModelPlanner planner_;
    reconcilers::PlatformQueries queries_;
    api::ControllerOptions options_;
};

Daemon::Daemon(const api::ControllerOptions& options, controller::FileLease& lease)
    : lease_(lease),
      home_folder_(options.home.folder),
      state_folder_(options.home.state()),
      home_(home_folder_, lease),
      state_(state_folder_, lease),
      journal_(state_),
      platform_(journal_, clock_, random_),
      postgres_(clock_, random_),
      mail_(platform_, postgres_, clock_),
      source_({platform_, mail_}, state_, clock_),
      attachment_(
          {mail_,
           source_,
           [this](const controller::Target& target) { postgres_.attach(target); },
           [this] { postgres_.detach(); }}
      ),
      secrets_(home_),
      events_(state_, clock_),
      manifests_(
          options.manifests.empty() ? controller::Manifests::embedded()
                                    : controller::Manifests::from_folder(options.manifests)
      ),
      engine_(
          docker::location_from(environment()),
          [this](const std::string& operation, std::chrono::duration<double> took) {
              metrics_.observe("engine_op_seconds", {{"op", operation}}, took.count());
          }
      ),
      leased_engine_(engine_, lease),
      seams_{
          clock_,
          random_,
          leased_engine_,
          platform_,
          mail_,
          secrets_,
          events_,
          manifests_,
          {controller::installation_id(state_, random_, clock_.now()), options.project},
          installation_key(secrets_, random_),
          {},
          reconcilers::listener_of,
          &metrics_
      },
      controller_({clock_, random_, metrics_, lease}),
      jobs_(job_threads, [this](const resources::ObjectKey& key) { controller_.wake(key); }),
      admin_(manifests_),
      directory_(postgres_.pool()),
      map_source_(postgres_.pool()),
      map_files_(leased_engine_, random_),
      assembly_(
          {seams_,
           controller_,
           jobs_,
           prober_,
           pki_,
           admin_,
           [this](const controller::Target& target) { attachment_.ready(target); },
           [this] { attachment_.gone(); },
           directory_,
           hasher_,
           map_source_,
           map_files_}
      ),
      watch_({engine_, assembly_, controller_, clock_, random_, metrics_}),
      planner_(seams_, pki_, directory_),
      queries_(seams_),
      options_(options) {
    reconcilers::describe_action_metrics(metrics_);
    controller_.follow(platform_);
    controller_.follow(mail_, controller::Resync::no);  // the mail survey looks at these
    postgres_.start();
}

api::SourceState state_of(
    const std::string& path, const controller::ApplyOutcome& applied, controller::Store& mail
) {
    api::SourceState state{
        .path = path, .objects = static_cast<std::int64_t>(applied.objects.size())
    };
    for (const controller::AppliedObject& object : applied.objects) {
        if (object.what != controller::Applied::unchanged) ++state.changed;
    }
    try {
        for (const resources::Object& object : mail.list({}).items) {
            if (resources::left_by(object) == "file:" + path)
                state.left.push_back(resources::key_of(object));
            for (const resources::Condition& condition : resources::conditions_of(object.status)) {
                if (condition.type == "Ready" && condition.reason == "Pending")
                    state.pending.push_back(resources::to_text(resources::key_of(object)));
            }
        }
    } catch (const controller::StoreError& error) {
        // The platform must be seen and mended while its Postgres is away.
        state.message = error.what();
    }
    return state;
}

api::DeclareOutcome Daemon::declare(const std::string& path, controller::Conflicts conflicts) {
    controller::DeclareOutcome outcome = source_.declare(path, conflicts);
    api::DeclareOutcome out{
        .errors = std::move(outcome.errors),
        .conflicts = outcome.applied.conflicts,
        .refused = outcome.applied.refused
    };
    if (out.errors.empty() && out.conflicts.empty())
        out.source = state_of(path, outcome.applied, mail_);
    return out;
}

std::vector<api::SourceState> Daemon::sources() {
    std::vector<api::SourceState> out;
    for (const std::string& folder : source_.folders()) out.push_back(state_of(folder, {}, mail_));
    return out;
}

/// It may act, and there is an engine to act on.
bool Daemon::is_ready() {
    if (!lease_.is_held()) return false;
    try {
        engine_.list_networks(
            reconcilers::installation_labels(seams_.identity), {.deadline = std::chrono::seconds(2)}
        );
        return true;
    } catch (const docker::EngineError&) {
        return false;
    }
}

api::DownProgress Daemon::take_down(const api::DownRequest& request) {
    try {
        engine_.version({.deadline = std::chrono::seconds(5)});
    } catch (const docker::EngineError& error) {
        return {.problems = {error.what()}, .is_blocked = true};
    }
    source_.forget();
    try {
        reconcilers::TeardownProgress progress =
            reconcilers::take_down(seams_, {request.removes_volumes, request.removes_images});
        return {
            .is_done = progress.is_done,
            .remaining = std::move(progress.remaining),
            .problems = std::move(progress.problems)
        };
    } catch (const docker::EngineError& error) {
        return {.problems = {error.what()}};
    }
}

/// What another build found Ready this one has not judged yet: it may bring other manifests.
void Daemon::note_build() {
    constexpr const char* record = "build";
    const std::string build = build_identity();
    if (state_.read(record) == build) return;
    for (resources::Object& platform : platform_.list({.kind = "Platform"}).items) {
        boost::json::object status = platform.status;
        reconcilers::set_reconciling(
            status,
            platform,
            {"ControllerChanged", "a new build of the controller looks at it"},
            controller::format_time(clock_.now())
        );
        reconcilers::write_status_if_changed(platform_, platform, status);
    }
    state_.replace(record, build);
}

/// What left the folder while nobody watched goes now.
void Daemon::reload() {
    try {
        const std::optional<controller::DeclareOutcome> outcome = source_.reload();
        if (outcome) controller::log_problems(*outcome);
    } catch (const std::exception& error) {
        controller::log::error("the declared folder could not be read", {{"error", error.what()}});
    }
}

/// The signal that asks for it; 0 if the lease is lost, which only a new process can take again.
int Daemon::wait_for_end() {
    const sigset_t ending = ending_signals();
    const timespec interval{.tv_sec = 2, .tv_nsec = 0};
    controller::LogFile log_file(options_.home.log());
    for (;;) {
        log_file.rotate_when_long();
        events_.flush();
        const int signal = sigtimedwait(&ending, nullptr, &interval);
        if (signal > 0) return signal;
        if (!lease_.is_held()) return 0;
    }
}

/// These call into what was made after them.
Daemon::~Daemon() {
    postgres_.stop();
    jobs_.stop();
}

/// False: the lease was lost.
bool Daemon::run() {
    // Before anything is done: who cannot listen is of no use.
    api::Descriptor health_port = listen_for_metrics(options_);
    const std::uint16_t metrics_port = api::port_of(health_port);
    api::Descriptor socket = api::listen_unix(options_.home.socket());
    note_build();
    if (reconcilers::has_mail_database(platform_)) mail_.expect();
    reload();
    controller_.resync(controller::Priority::normal);
    const api::Router router(
        {.stores = {platform_, mail_},
         .clock = clock_,
         .events = events_,
         .planner = planner_,
         .queries = queries_,
         .declare = [this](
                        const std::string& path, controller::Conflicts conflicts
                    ) { return declare(path, conflicts); },
         .sources = [this] { return sources(); },
         .declared_at = [this](const resources::ObjectKey& key) { return source_.place_of(key); },
         .release = [this](const std::string& path) { return source_.release(path); },
         .down = [this](const api::DownRequest& request) { return take_down(request); },
         .metrics_port = metrics_port}
    );
    std::vector<std::jthread> threads;
    threads.emplace_back([this](std::stop_token stop) {
        controller_.run(
            engine_workers + reconcilers::mail_workers + reconcilers::map_workers, std::move(stop)
        );
    });
    threads.emplace_back([this](std::stop_token stop) { watch_.read_events(std::move(stop)); });
    threads.emplace_back([this](std::stop_token stop) { watch_.look_around(std::move(stop)); });
    for (std::size_t i = 0; i < probe_threads; ++i) {
        threads.emplace_back([this](std::stop_token stop) {
            assembly_.probes().run(std::move(stop));
        });
    }
    const api::HttpServer health(
        std::move(health_port),
        api::health_handler(
            {.metrics = [this] { return metrics_.expose(); },
             .is_ready = [this] { return is_ready(); }}
        )
    );
    const api::HttpServer server(std::move(socket), [&](const api::Request& request) {
        return router.handle(request);
    });
    controller::log::info(
        "the controller runs",
        {{"home", options_.home.folder},
         {"project", options_.project},
         {"metrics_port", std::to_string(metrics_port)}}
    );
    const int signal = wait_for_end();
    controller::log::info(
        "the controller ends", {{"cause", signal > 0 ? strsignal(signal) : "the lease is lost"}}
    );
    for (std::jthread& thread : threads) thread.request_stop();
    threads.clear();
    return signal > 0;
}

/// A controller that was killed a moment ago holds it until the kernel has put it away.
std::optional<std::string> acquire(controller::FileLease& lease, controller::Clock& clock) {
    constexpr std::chrono::seconds patience(3);
    constexpr std::chrono::milliseconds interval(50);
    const controller::Time end = clock.now() + patience;
    for (;;) {
        std::optional<std::string> holder = lease.acquire();
        if (!holder || clock.now() >= end) return holder;
        clock.sleep(interval, {});
    }
}

int run_controller(const api::ControllerOptions& options) {
    controller::log::configure(
        level_of(options.log_level),
        options.log_format == "json" ? controller::log::Format::json : controller::log::Format::text
    );
    // Before there is any thread: all of them inherit it, and one waits for the signals.
    const sigset_t ending = ending_signals();
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    try {
        controller::check_secrets_mode(options.home.secrets());
        controller::claim_home(options.home);
        controller::SystemClock clock;
        controller::FileLease lease(options.home.lock(), clock);
        if (const std::optional<std::string> holder = acquire(lease, clock)) {
            std::cerr << "another controller has " << options.home.folder << ": " << *holder
                      << '\n';
            return api::exit_lease_held;
        }
        return Daemon(options, lease).run() ? api::exit_done : api::exit_failed;
    } catch (const std::invalid_argument& error) {
        std::cerr << "vectis controller: " << error.what() << '\n';
        return api::exit_invalid;
    } catch (const std::exception& error) {
        std::cerr << "vectis controller: " << error.what() << '\n';
        return api::exit_failed;
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::strcmp(argv[1], "hash-password") == 0)
        return reconcilers::hash_password_command(std::cin, std::cout);
    return api::run_cli(argc, argv, {.run_controller = run_controller});
}
