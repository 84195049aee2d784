#include "tests/sim/life.hpp"

#include "reconcilers/database/known_database.hpp"
#include "reconcilers/mail/mail_pending.hpp"

#include <algorithm>
#include <stdexcept>

namespace vectis::sim {

Life::Life(Machine& machine)
    : machine_(machine),
      controller_({machine.clock, machine.random, metrics_, lease_}),
      jobs_(machine.clock, [this](const resources::ObjectKey& key) { controller_.wake(key); }),
      map_source_(machine.postgres, [this] { return directory_.is_open(); }),
      seams_{
          machine.clock,
          machine.random,
          machine.engine,
          store_,
          mail_,
          machine.secrets,
          machine.events,
          machine.manifests,
          identity,
          "key",
          [&machine](const controller::PlannedAction& action) {
              machine.actions.push_back(action);
              machine.trace += resources::to_text(action.object) + ": " + action.text + '\n';
          },
          {}
      },
      assembly_(
          {seams_,
           controller_,
           jobs_,
           prober_,
           pki_,
           admin_,
           [this](const controller::Target&) {
               directory_.open();
               reconcilers::write_pending(mail_, store_, seams_.trace);
           },
           [this] {
               mail_.close();
               directory_.close();
           },
           directory_,
           hasher_,
           map_source_,
           map_files_}
      ),
      loop_({machine.clock, machine.engine, controller_, assembly_}),
      watch_({machine.engine, assembly_, controller_, machine.clock, machine.random, metrics_}),
      next_look_(machine.clock.now() + reconcilers::look_interval) {
    store_.subscribe([&machine](const controller::Change& change) {
        machine.acknowledged = change.version;
    });
    if (reconcilers::has_mail_database(store_)) mail_.expect();
    controller_.follow(store_);
    controller_.follow(mail_, controller::Resync::no);  // the mail survey looks at these
    controller_.resync(controller::Priority::normal);
}

void Life::run(controller::Duration time) {
    const controller::Time until = machine_.clock.now() + time;
    while (next_look_ <= until) {
        run_quietly(next_look_);
        next_look_ += reconcilers::look_interval;
        watch_.look({});
        controller_.resync_when_due();
    }
    run_quietly(until);
}

/// Up to the end of each job, which then does its work.
void Life::run_quietly(controller::Time until) {
    int steps = 0;
    do {
        settle(std::min(until, jobs_.next_due().value_or(until)), steps);
    } while (jobs_.step() || machine_.clock.now() < until);
}

void Life::settle(controller::Time until, int& steps) {
    constexpr int steps_max = 20000;  // a quiet minute takes some hundred
    do {
        if (++steps > steps_max)
            throw std::logic_error("it does not come to rest\n" + tail_of(machine_.trace));
        if (machine_.wire.is_deaf()) machine_.engine.take_events();
        const std::optional<controller::Time> end = jobs_.next_due();
        if (end && *end < until) return;  // one that began meanwhile
    } while (loop_.step(until));
    machine_.clock.advance_to(until);
}

}  // namespace vectis::sim
