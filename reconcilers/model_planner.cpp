#include "reconcilers/model_planner.hpp"

#include "controller/apply.hpp"
#include "controller/event_log.hpp"
#include "controller/file_lease.hpp"
#include "controller/journal_store.hpp"
#include "controller/sim_clock.hpp"
#include "docker-client/model/model_engine.hpp"
#include "reconcilers/assembly.hpp"
#include "reconcilers/core/model_prober.hpp"
#include "reconcilers/database/migrations.hpp"
#include "reconcilers/database/model_admin.hpp"
#include "reconcilers/memory_secrets.hpp"
#include "reconcilers/quiet_loop.hpp"
#include "resources/condition.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace vectis::reconcilers {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::chrono::minutes horizon(5);

/// A journal that holds a copy of another store and forgets what comes after.
class CopyJournal final : public controller::Journal {
public:
    explicit CopyJournal(controller::ObjectList objects) : objects_(std::move(objects)) {}
    void write(const controller::Change&) override {}
    bool is_long() const override { return false; }
    void compact(const controller::ObjectList&) override {}
    Content load() override { return {objects_.items, objects_.version}; }

private:
    controller::ObjectList objects_;
};

/// A database that was found Ready is taken to be as declared; any other is empty.
class AssumedAdmin final : public DatabaseAdmin {
public:
    AssumedAdmin(const controller::Manifests& manifests, bool is_ready)
        : manifests_(manifests), is_ready_(is_ready) {}

    DatabaseState observe(
        const DatabaseTarget& target,
        const std::map<std::string, std::string>& role_passwords,
        std::stop_token stop
    ) override {
        if (!is_ready_) return model_.observe(target, role_passwords, std::move(stop));
        DatabaseState state{.exists = true, .grants_match = true};
        for (const Migration& migration : migrations_of(manifests_, "mail"))
            state.migrations[migration.number] = migration.checksum;
        for (const auto& [role, password] : role_passwords) state.roles.push_back(role);
        return state;
    }
    void create_database(const DatabaseTarget& target, std::stop_token stop) override {
        model_.create_database(target, std::move(stop));
    }
    void apply_migration(
        const DatabaseTarget& target, const Migration& migration, std::stop_token stop
    ) override {
        model_.apply_migration(target, migration, std::move(stop));
    }
    void ensure_role(
        const DatabaseTarget& target,
        const std::string& role,
        const std::string& password,
        std::stop_token stop
    ) override {
        model_.ensure_role(target, role, password, std::move(stop));
    }
    void repair_grants(const DatabaseTarget& target, std::stop_token stop) override {
        model_.repair_grants(target, std::move(stop));
    }

private:
    const controller::Manifests& manifests_;
    bool is_ready_;
    ModelAdmin model_;
};

bool is_database_ready(controller::Store& store) {
    for (const resources::Object& database : store.list({.kind = "Database"}).items) {
        if (resources::is_true_for(database.status, "Ready", database.metadata.generation))
            return true;
    }
    return false;
}

void copy_engine(const Seams& seams, docker::ModelEngine& model) {
    const docker::Labels ours = installation_labels(seams.identity);
    const docker::Call call{.deadline = seconds(20)};
    std::vector<docker::Container> containers;
    for (const docker::ContainerSummary& row : seams.engine.list_containers({ours}, call)) {
        if (std::optional<docker::Container> container =
                seams.engine.inspect_container(row.id, call))
            containers.push_back(std::move(*container));
    }
    model.load(
        containers,
        seams.engine.list_networks(ours, call),
        seams.engine.list_volumes(ours, call),
        seams.engine.list_images({}, call)
    );
}

void copy_secrets(controller::Secrets& from, controller::Secrets& to) {
    for (const std::string& name : from.names()) {
        if (const std::optional<controller::Secrets::Values> values = from.get(name))
            to.put(name, *values);
    }
}

/// Without its database nothing can be said of mail objects; the rest can.
controller::ObjectList mail_objects(controller::Store& mail, controller::PlanOutcome& outcome) {
    try {
        return mail.list({});
    } catch (const controller::StoreError& error) {
        outcome.notes.push_back(
            std::string("mail objects are taken to be new, since their store is away: ") +
            error.what()
        );
        return {};
    }
}

void apply_change(const controller::DesiredChange& change, const controller::Stores& stores) {
    for (const resources::Object& object : change.apply) {
        controller::Store& store = stores.of(resources::key_of(object));
        std::optional<resources::Object> stored = store.get(resources::key_of(object));
        if (!stored) {
            store.create(object);
            continue;
        }
        stored->spec = object.spec;
        store.update(*stored);
    }
    for (const resources::ObjectKey& key : change.remove) stores.of(key).remove(key, {});
}

void note_unready(controller::Store& store, controller::PlanOutcome& outcome) {
    for (const resources::Object& object : store.list({}).items) {
        for (const resources::Condition& condition : resources::conditions_of(object.status)) {
            if (condition.type == "Stalled" &&
                condition.status == resources::ConditionStatus::yes) {
                outcome.notes.push_back(
                    resources::to_text(resources::key_of(object)) + ": " + condition.message
                );
            }
        }
    }
}

}  // namespace

controller::PlanOutcome ModelPlanner::plan(const controller::DesiredChange& change) {
    try {
        return rehearse(change);
    } catch (const docker::EngineError& error) {
        throw controller::StoreError(std::string("cannot plan: ") + error.what());
    }
}

controller::PlanOutcome ModelPlanner::rehearse(const controller::DesiredChange& change) {
    controller::SimClock clock(seams_.clock.now());
    controller::SeededRandom random(1);
    docker::ModelEngine engine([&clock] { return docker::Time(clock.now()); });
    copy_engine(seams_, engine);
    engine.offer_every_image();
    controller::PlanOutcome outcome;
    CopyJournal platform_journal(seams_.platform.list({}));
    CopyJournal mail_journal(mail_objects(seams_.mail, outcome));
    controller::JournalStore platform(platform_journal, clock, random);
    controller::JournalStore mail(mail_journal, clock, random);
    MemorySecrets secrets;
    copy_secrets(seams_.secrets, secrets);
    controller::EventMemory events(clock);
    controller::Metrics metrics;
    const controller::FreeLease lease;
    controller::Controller controller({clock, random, metrics, lease});
    InlineJobs jobs;
    ModelProber prober(engine);
    AssumedAdmin admin(seams_.manifests, is_database_ready(seams_.platform));
    ModelDirectory directory(mail);
    ModelPasswordHasher hasher;
    Seams seams{
        clock,
        random,
        engine,
        platform,
        mail,
        secrets,
        events,
        seams_.manifests,
        seams_.identity,
        seams_.installation_key,
        [&](const controller::PlannedAction& action) { outcome.actions.push_back(action); }
    };
    Assembly assembly(
        {seams,
         controller,
         jobs,
         prober,
         pki_,
         admin,
         [&](const controller::Target&) { directory.open(); },
         directory,
         hasher}
    );
    controller.follow(platform);
    controller.follow(mail);
    apply_change(change, {platform, mail});
    controller.resync(controller::Priority::normal);
    QuietLoop loop({clock, engine, controller, assembly});
    loop.run(clock.now() + horizon);
    note_unready(platform, outcome);
    return outcome;
}

}  // namespace vectis::reconcilers
