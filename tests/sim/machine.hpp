#pragma once

#include "controller/crash.hpp"
#include "controller/disk.hpp"
#include "controller/journal_store.hpp"
#include "controller/manifests.hpp"
#include "controller/planning.hpp"
#include "controller/sim_clock.hpp"
#include "docker-client/model/model_engine.hpp"
#include "reconcilers/database/model_admin.hpp"
#include "reconcilers/mail/mail_directory.hpp"
#include "reconcilers/memory_secrets.hpp"
#include "tests/sim/effect.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vectis::sim {

/// Where every part of a machine asks before it changes.
struct Wire {
    EffectHook hook{};

    Verdict ask(const Effect& effect) const { return hook ? hook(effect) : Verdict{}; }
};

/// A disk whose writes can be cut short by the loss of the machine.
class WiredDisk final : public controller::Disk {
public:
    explicit WiredDisk(const Wire& wire) : wire_(wire) {}

    std::optional<std::string> read(const std::string& name) override { return disk_.read(name); }
    void append(const std::string& name, std::string_view bytes) override;
    void replace(const std::string& name, std::string_view bytes) override;
    void remove(const std::string& name) override;
    void truncate(const std::string& name, std::size_t size) override;

private:
    const Wire& wire_;
    controller::SimDisk disk_{};
};

class WiredSecrets final : public controller::Secrets {
public:
    explicit WiredSecrets(const Wire& wire) : wire_(wire) {}

    std::optional<Values> get(const std::string& name) override { return secrets_.get(name); }
    void put(const std::string& name, const Values& values) override;
    void remove(const std::string& name) override;
    std::vector<std::string> names() override { return secrets_.names(); }

private:
    const Wire& wire_;
    reconcilers::MemorySecrets secrets_{};
};

/// Postgres' own durability, as far as the mail kinds are concerned.
class WiredJournal final : public controller::Journal {
public:
    explicit WiredJournal(const Wire& wire) : wire_(wire) {}

    void write(const controller::Change& change) override;
    bool is_long() const override { return false; }
    void compact(const controller::ObjectList&) override {}
    Content load() override { return {}; }

private:
    const Wire& wire_;
};

class WiredAdmin final : public reconcilers::DatabaseAdmin {
public:
    explicit WiredAdmin(const Wire& wire) : wire_(wire) {}

    reconcilers::DatabaseState observe(
        const reconcilers::DatabaseTarget& target,
        const std::map<std::string, std::string>& role_passwords,
        std::stop_token stop
    ) override {
        return admin_.observe(target, role_passwords, stop);
    }
    void create_database(const reconcilers::DatabaseTarget& target, std::stop_token stop) override;
    void apply_migration(
        const reconcilers::DatabaseTarget& target,
        const reconcilers::Migration& migration,
        std::stop_token stop
    ) override;
    void ensure_role(
        const reconcilers::DatabaseTarget& target,
        const std::string& role,
        const std::string& password,
        std::stop_token stop
    ) override;
    void repair_grants(const reconcilers::DatabaseTarget& target, std::stop_token stop) override;

private:
    const Wire& wire_;
    reconcilers::ModelAdmin admin_{};
};

/// What a lost controller leaves behind: engine, disk, database, secrets, time.
struct Machine {
    explicit Machine(std::uint64_t seed);

    Wire wire{};
    controller::SimClock clock{};
    controller::SeededRandom random;
    docker::ModelEngine engine{[this] { return docker::Time(clock.now()); }};
    WiredDisk disk{wire};
    WiredSecrets secrets{wire};
    WiredAdmin database{wire};
    WiredJournal mail_journal{wire};
    controller::JournalStore mail_database{mail_journal, clock, random};
    reconcilers::ModelDirectory directory{mail_database};
    controller::Manifests manifests = controller::Manifests::embedded();
    controller::Time deaf_until{};  ///< the engine's events are lost until then
    std::string trace{};            ///< one line for each action
    std::vector<controller::PlannedAction> actions{};
};

/// The last actions of a trace.
std::string tail_of(const std::string& trace);

}  // namespace vectis::sim
