#include "tests/sim/life.hpp"

#include <stdexcept>

namespace vectis::sim {
namespace {

constexpr controller::Duration look_interval = std::chrono::seconds(60);

}  // namespace

Life::Life(Machine& machine)
    : machine_(machine),
      controller_({machine.clock, machine.random, metrics_, lease_}),
      seams_{
          machine.clock,
          machine.random,
          machine.engine,
          store_,
          mail_,
          machine.secrets,
          events_,
          machine.manifests,
          {"11111111-1111-7111-8111-111111111111", "sim"},
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
           machine.database,
           [this, &machine](const controller::Target&) {
               machine.directory.open();
               mail_.flush();
           },
           machine.directory,
           hasher_}
      ),
      loop_({machine.clock, machine.engine, controller_, assembly_}),
      watch_({machine.engine, assembly_, controller_, machine.clock, machine.random, metrics_}),
      next_look_(machine.clock.now() + look_interval) {
    controller_.follow(store_);
    controller_.follow(mail_);
    controller_.resync(controller::Priority::normal);
}

void Life::run(controller::Duration time) {
    const controller::Time until = machine_.clock.now() + time;
    while (next_look_ <= until) {
        run_quietly(next_look_);
        next_look_ += look_interval;
        watch_.look({});
        controller_.resync_when_due();
    }
    run_quietly(until);
}

void Life::run_quietly(controller::Time until) {
    constexpr int steps_max = 20000;  // a quiet minute takes some hundred
    int steps = 0;
    do {
        if (++steps > steps_max)
            throw std::logic_error("it does not come to rest\n" + tail_of(machine_.trace));
        if (machine_.clock.now() < machine_.deaf_until) machine_.engine.take_events();
    } while (loop_.step(until));
    machine_.clock.advance_to(until);
}

}  // namespace vectis::sim
