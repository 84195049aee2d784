#pragma once

#include "controller/controller.hpp"
#include "controller/event_log.hpp"
#include "controller/file_lease.hpp"
#include "controller/journal_store.hpp"
#include "controller/postgres/mail_store.hpp"
#include "reconcilers/assembly.hpp"
#include "reconcilers/core/model_pki.hpp"
#include "reconcilers/core/model_prober.hpp"
#include "reconcilers/engine_watch.hpp"
#include "reconcilers/quiet_loop.hpp"
#include "tests/sim/machine.hpp"

namespace vectis::sim {

/// One life of a controller over a machine: the real loop in one thread.
class Life {
public:
    explicit Life(Machine& machine);

    controller::JournalStore& store() { return store_; }
    controller::MailStore& mail() { return mail_; }
    reconcilers::Seams& seams() { return seams_; }
    reconcilers::Pki& pki() { return pki_; }
    /// Looks at every object again.
    void resync() { controller_.resync(controller::Priority::normal); }
    void run(controller::Duration time);

private:
    void run_quietly(controller::Time until);

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
    reconcilers::Seams seams_;
    reconcilers::Assembly assembly_;
    reconcilers::QuietLoop loop_;
    reconcilers::EngineWatch watch_;
    controller::Time next_look_;
};

}  // namespace vectis::sim
