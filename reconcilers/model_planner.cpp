#include "reconcilers/model_planner.hpp"

#include "controller/event_log.hpp"
#include "controller/file_lease.hpp"
#include "controller/journal_store.hpp"
#include "controller/log.hpp"
#include "controller/postgres/mail_store.hpp"
#include "controller/sim_clock.hpp"
#include "docker-client/model/model_engine.hpp"
#include "reconcilers/assembly.hpp"
#include "reconcilers/core/model_prober.hpp"
#include "reconcilers/core/secret_reference.hpp"
#include "reconcilers/database/known_database.hpp"
#include "reconcilers/database/migrations.hpp"
#include "reconcilers/database/model_admin.hpp"
#include "reconcilers/declared_change.hpp"
#include "reconcilers/mail/mail_pending.hpp"
#include "reconcilers/maps/model_map_files.hpp"
#include "reconcilers/maps/model_map_source.hpp"
#include "reconcilers/memory_secrets.hpp"
#include "reconcilers/quiet_loop.hpp"
#include "resources/access.hpp"
#include "resources/condition.hpp"
#include "resources/database/database.hpp"
#include "resources/kind.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

namespace vectis::reconcilers {
namespace {

using resources::Object;
using resources::ObjectKey;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr minutes horizon(5);

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

bool is_mail(const ObjectKey& key) {
    const resources::Kind* kind = resources::find_kind(key.kind);
    return kind != nullptr && kind->home == resources::Home::mail;
}

std::optional<resources::Condition> ready_of(const Object& object) {
    for (resources::Condition& condition : resources::conditions_of(object.status)) {
        if (condition.type == "Ready") return std::move(condition);
    }
    return std::nullopt;
}

/// What is known before the rehearsal, read once.
struct Known {
    controller::ObjectList platform{};  ///< with the mail objects that wait for their database
    controller::ObjectList mail{};      ///< what is in the database
    std::map<std::string, std::string> credentials{};
    bool is_mail_open = false;
    std::string mail_unknown{};     ///< why nothing can be said of mail objects; empty: it can
    std::vector<Object> refused{};  ///< by the database, which will refuse them again
};

void read_mail(Known& known, controller::Store& mail, MailDirectory& directory) {
    if (!directory.is_open()) {
        if (std::any_of(
                known.platform.items.begin(),
                known.platform.items.end(),
                [](const Object& object) {
                    return object.kind == "Database" && was_converged(object);
                }
            ))
            known.mail_unknown = "their database has not been looked at yet";
        return;
    }
    try {
        known.credentials = directory.look().credential_sources;
        known.mail = mail.list({});
        known.is_mail_open = true;
    } catch (const controller::StoreError& error) {
        known.mail_unknown = error.what();
    }
}

/// What waits is listed with what is in the database; apart again.
void part_pending(Known& known) {
    std::map<ObjectKey, std::string> pending;
    for (const Object& object : known.platform.items) {
        if (is_mail(resources::key_of(object)))
            pending[resources::key_of(object)] = object.metadata.uid;
    }
    std::erase_if(known.mail.items, [&](const Object& object) {
        const auto found = pending.find(resources::key_of(object));
        return found != pending.end() && found->second == object.metadata.uid;
    });
    std::erase_if(known.platform.items, [&](const Object& object) {
        if (!is_mail(resources::key_of(object))) return false;
        const std::optional<resources::Condition> ready = ready_of(object);
        const bool is_refused = ready && ready->reason == "Refused";
        if (is_refused) known.refused.push_back(object);
        return is_refused || !known.mail_unknown.empty();
    });
}

Known known_of(const Seams& seams, MailDirectory& directory) {
    Known known{.platform = seams.platform.list({})};
    read_mail(known, seams.mail, directory);
    part_pending(known);
    return known;
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

/// As its status says that it last was found: migrations up to a number, and roles.
void copy_database(
    const Object& database,
    const controller::Manifests& manifests,
    controller::Secrets& secrets,
    ModelAdmin& model
) {
    if (!was_converged(database)) return;
    const auto spec = resources::view<resources::DatabaseSpec>(database.spec);
    const boost::json::value* last = database.status.if_contains("migrations");
    std::map<std::int64_t, std::string> migrations;
    for (const Migration& migration : migrations_of(manifests, spec.migrations)) {
        if (last != nullptr && last->is_int64() && migration.number <= last->get_int64())
            migrations[migration.number] = migration.checksum;
    }
    const boost::json::value* found = database.status.if_contains("roles");
    const auto is_found = [&](const std::string& role) {
        return found != nullptr && found->is_array() &&
               std::any_of(
                   found->get_array().begin(),
                   found->get_array().end(),
                   [&](const auto& name) { return name.is_string() && name.get_string() == role; }
               );
    };
    std::map<std::string, std::string> roles;
    for (const resources::DatabaseRole& role : spec.roles) {
        const std::optional<std::string> password = find_secret(secrets, role.password_secret);
        if (password && is_found(role.name)) roles[role.name] = *password;
    }
    model.restore(spec.database, std::move(migrations), roles);
}

/// Everything of a controller over a copy of what is known.
class Rehearsal {
public:
    Rehearsal(const Seams& real, Pki& pki, Known known);

    controller::PlanOutcome run(controller::DesiredChange change);

private:
    void hear(const controller::PlannedAction& action);
    void leave_out(controller::DesiredChange& change);
    bool is_refused_again(const Object& wanted);
    void settle();
    void note_unready();

    Known known_;
    controller::PlanOutcome outcome_;
    std::map<std::pair<ObjectKey, std::string>, int> repeats_;
    bool is_restless_ = false;

    controller::SimClock clock_;
    controller::SeededRandom random_{1};
    docker::ModelEngine engine_{[this] { return docker::Time(clock_.now()); }};
    CopyJournal platform_journal_{known_.platform};
    CopyJournal database_journal_{known_.mail};
    controller::JournalStore platform_{platform_journal_, clock_, random_};
    controller::JournalStore database_{database_journal_, clock_, random_};
    controller::MailStore mail_{platform_, database_, clock_};
    MemorySecrets secrets_;
    controller::EventMemory events_{clock_};
    controller::Metrics metrics_;
    controller::FreeLease lease_;
    controller::Controller controller_{{clock_, random_, metrics_, lease_}};
    InlineJobs jobs_;
    ModelProber prober_{engine_};
    ModelAdmin admin_;
    ModelDirectory directory_{database_};
    ModelPasswordHasher hasher_;
    ModelMapSource map_source_{
        database_,
        [this] { return directory_.is_open(); },
        [this](const std::string& uid) { return directory_.credential_source(uid); }
    };
    ModelMapFiles map_files_;
    Seams seams_;
    Assembly assembly_;
    QuietLoop loop_{{clock_, engine_, controller_, assembly_}};
};

Rehearsal::Rehearsal(const Seams& real, Pki& pki, Known known)
    : known_(std::move(known)),
      clock_(real.clock.now()),
      seams_{
          clock_,
          random_,
          engine_,
          platform_,
          mail_,
          secrets_,
          events_,
          real.manifests,
          real.identity,
          real.installation_key,
          [this](const controller::PlannedAction& action) { hear(action); }
      },
      assembly_(
          {seams_,
           controller_,
           jobs_,
           prober_,
           pki,
           admin_,
           [this](const controller::Target&) {
               directory_.open();
               write_pending(mail_, platform_, seams_.trace);
           },
           [this] {
               mail_.close();
               directory_.close();
           },
           directory_,
           hasher_,
           map_source_,
           map_files_}
      ) {
    copy_engine(real, engine_);
    engine_.offer_every_image();
    copy_secrets(real.secrets, secrets_);
    for (const Object& object : known_.platform.items) {
        if (object.kind == "Database") copy_database(object, real.manifests, secrets_, admin_);
    }
    directory_.restore(std::move(known_.credentials));
    if (!known_.is_mail_open) return;
    directory_.open();
    mail_.flush();
}

controller::PlanOutcome Rehearsal::run(controller::DesiredChange change) {
    leave_out(change);
    controller_.follow(platform_);
    controller_.follow(mail_, controller::Resync::no);  // the mail survey looks at these
    DeclaredChange declared = declare_change({platform_, mail_}, clock_, change);
    outcome_.actions = std::move(declared.actions);
    outcome_.refused = std::move(declared.refused);
    if (!outcome_.refused.empty()) {
        outcome_.actions.clear();
        return std::move(outcome_);
    }
    controller_.resync(controller::Priority::normal);
    settle();
    note_unready();
    return std::move(outcome_);
}

/// An action that comes back without end at one time of the simulated clock would be printed for
/// ever; honest repetitions (restarts with their budget, tries with their backoff) are far fewer.
void Rehearsal::hear(const controller::PlannedAction& action) {
    constexpr int repeats_max = 50;
    outcome_.actions.push_back(action);
    if (++repeats_[{action.object, action.text}] > repeats_max) is_restless_ = true;
}

/// What nobody can tell now, and what is refused as before.
void Rehearsal::leave_out(controller::DesiredChange& change) {
    const bool is_unknown = !known_.mail_unknown.empty();
    if (is_unknown) {
        outcome_.notes.push_back("mail objects are not planned: " + known_.mail_unknown);
        std::erase_if(change.remove, is_mail);
    }
    for (const Object& object : known_.refused) {
        const std::optional<resources::Condition> ready = ready_of(object);
        outcome_.notes.push_back(
            resources::to_text(resources::key_of(object)) + ": " + (ready ? ready->message : "")
        );
    }
    std::erase_if(change.apply, [&](const Object& wanted) {
        return (is_unknown && is_mail(resources::key_of(wanted))) || is_refused_again(wanted);
    });
}

bool Rehearsal::is_refused_again(const Object& wanted) {
    return std::any_of(known_.refused.begin(), known_.refused.end(), [&](const Object& refused) {
        return resources::key_of(refused) == resources::key_of(wanted) &&
               refused.spec == wanted.spec;
    });
}

void Rehearsal::settle() {
    constexpr std::size_t steps_base = 50'000;
    constexpr std::size_t steps_each = 1'000;  // an object that waits looks once in a second
    const std::size_t objects = platform_.list({}).items.size() + database_.list({}).items.size();
    const std::size_t steps_max = steps_base + steps_each * objects;
    const controller::Time until = clock_.now() + horizon;
    for (std::size_t steps = 0; loop_.step(until); ++steps) {
        if (is_restless_) {
            const controller::PlannedAction& last = outcome_.actions.back();
            throw controller::StoreError(
                "cannot plan: " + resources::to_text(last.object) + " does not come to rest: '" +
                last.text + "' comes back again and again because " + last.cause
            );
        }
        if (steps > steps_max)
            throw controller::StoreError(
                "cannot plan: after " + std::to_string(steps_max) +
                " steps the objects still wait for each other; see 'vectis status'"
            );
    }
}

void Rehearsal::note_unready() {
    const auto note = [&](const Object& object, const std::string& message) {
        outcome_.notes.push_back(resources::to_text(resources::key_of(object)) + ": " + message);
    };
    for (const Object& object : platform_.list({}).items) {
        for (const resources::Condition& condition : resources::conditions_of(object.status)) {
            if (condition.type == "Stalled" && condition.status == resources::ConditionStatus::yes)
                note(object, condition.message);
        }
    }
    for (const Object& object : database_.list({}).items) {
        const std::optional<resources::Condition> ready = ready_of(object);
        if (ready && ready->status == resources::ConditionStatus::no) note(object, ready->message);
    }
}

}  // namespace

controller::PlanOutcome ModelPlanner::plan(const controller::DesiredChange& change) {
    const controller::log::Silence nothing_is_done;
    try {
        return Rehearsal(seams_, pki_, known_of(seams_, directory_)).run(change);
    } catch (const docker::EngineError& error) {
        throw controller::StoreError(std::string("cannot plan: ") + error.what());
    }
}

}  // namespace vectis::reconcilers
