#pragma once

#include "controller/controller.hpp"
#include "controller/file_lease.hpp"
#include "controller/journal_store.hpp"
#include "controller/postgres/mail_store.hpp"
#include "reconcilers/assembly.hpp"
#include "reconcilers/core/model_pki.hpp"
#include "reconcilers/core/model_prober.hpp"
#include "reconcilers/engine_watch.hpp"
#include "reconcilers/maps/engine_map_files.hpp"
#include "reconcilers/quiet_loop.hpp"
#include "tests/sim/machine.hpp"
#include "tests/sim/sim_jobs.hpp"

namespace vectis::sim {

/// One life of a controller over a machine: the real loop in one thread. Nothing on the machine
/// knows of it when it has ended.
class Life {
public:
    explicit Life(Machine& machine);

    controller::JournalStore& store() { return store_; }
    controller::MailStore& mail() { return mail_; }
    controller::Clock& clock() { return machine_.clock; }
    reconcilers::Seams& seams() { return seams_; }
    reconcilers::Pki& pki() { return pki_; }
    reconcilers::MailDirectory& directory() { return directory_; }
    /// Looks at every object again.
    void resync() { controller_.resync(controller::Priority::normal); }
    void run(controller::Duration time);

private:
    void run_quietly(controller::Time until);
    void settle(controller::Time until, int& steps);

    Machine& machine_;
    controller::DiskJournal journal_{machine_.disk};
    controller::JournalStore store_{journal_, machine_.clock, machine_.random};
    WiredMail database_{machine_.postgres};
    controller::MailStore mail_{store_, database_, machine_.clock};
    controller::Metrics metrics_{};
    controller::FreeLease lease_{};
    controller::Controller controller_;
    SimJobs jobs_;
    reconcilers::ModelProber prober_{machine_.engine};
    reconcilers::ModelPki pki_{};
    WiredAdmin admin_{machine_.postgres};
    WiredDirectory directory_{machine_.postgres};
    reconcilers::ModelPasswordHasher hasher_{};
    WiredMapSource map_source_;
    reconcilers::EngineMapFiles map_files_{machine_.engine, machine_.random};
    reconcilers::Seams seams_;
    reconcilers::Assembly assembly_;
    reconcilers::QuietLoop loop_;
    reconcilers::EngineWatch watch_;
    controller::Time next_look_;
};

}  // namespace vectis::sim
