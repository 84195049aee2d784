#include "tests/sim/world.hpp"

namespace vectis::sim {

Life::Life(Machine& machine)
    : machine_(machine),
      controller_({machine.clock, machine.random, metrics_, lease_}),
      assembly_(
          {{machine.clock,
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
                machine.trace += resources::to_text(action.object) + ": " + action.text + '\n';
            }},
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
      loop_({machine.clock, machine.engine, controller_, assembly_}) {
    controller_.follow(store_);
    controller_.follow(mail_);
    controller_.resync(controller::Priority::normal);
}

}  // namespace vectis::sim
