#pragma once

#include "controller/controller.hpp"
#include "controller/crash.hpp"
#include "controller/event_log.hpp"
#include "controller/file_lease.hpp"
#include "controller/journal_store.hpp"
#include "controller/manifests.hpp"
#include "controller/postgres/mail_store.hpp"
#include "controller/sim_clock.hpp"
#include "docker-client/model/model_engine.hpp"
#include "reconcilers/assembly.hpp"
#include "reconcilers/core/model_pki.hpp"
#include "reconcilers/core/model_prober.hpp"
#include "reconcilers/database/model_admin.hpp"
#include "reconcilers/memory_secrets.hpp"
#include "reconcilers/quiet_loop.hpp"

#include <functional>
#include <memory>
#include <string>

namespace vectis::sim {

/// What a lost controller leaves behind: engine, disk, database, secrets, time.
struct Machine {
    explicit Machine(std::uint64_t seed) : random(seed) { engine.add_image("debian:trixie-slim"); }

    controller::SimClock clock{};
    controller::SeededRandom random;
    docker::ModelEngine engine{[this] { return docker::Time(clock.now()); }};
    controller::SimDisk disk{};
    reconcilers::MemorySecrets secrets{};
    reconcilers::ModelAdmin database{};
    controller::NoJournal no_journal{};
    controller::JournalStore mail_database{no_journal, clock, random};
    reconcilers::ModelDirectory directory{mail_database};
    controller::Manifests manifests = controller::Manifests::embedded();
    std::string trace{};
};

/// One life of a controller over a machine: the real loop in one thread.
class Life {
public:
    explicit Life(Machine& machine);

    controller::JournalStore& store() { return store_; }
    controller::MailStore& mail() { return mail_; }
    void run(controller::Duration time) { loop_.run(machine_.clock.now() + time); }

private:
    Machine& machine_;
    controller::DiskJournal journal_{machine_.disk};
    controller::JournalStore store_{journal_, machine_.clock, machine_.random};
    controller::MailStore mail_{store_, machine_.mail_database, machine_.clock};
    controller::EventMemory events_{machine_.clock};
    controller::Metrics metrics_{};
    controller::FreeLease lease_{};
    controller::Controller controller_;
    reconcilers::InlineJobs jobs_{};
    reconcilers::ModelProber prober_{machine_.engine};
    reconcilers::ModelPki pki_{};
    reconcilers::ModelPasswordHasher hasher_{};
    reconcilers::Assembly assembly_;
    reconcilers::QuietLoop loop_;
};

}  // namespace vectis::sim
