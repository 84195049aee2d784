#pragma once

#include "api/cli/cli.hpp"
#include "controller/clock.hpp"

namespace vectis::api {

/// Set to 1 in the environment of a controller that a supervisor started.
inline constexpr const char* supervised_variable = "VECTIS_SUPERVISED";

/// Runs `vectis controller` as a child and starts it again, with back-off, when it dies. Ends when
/// the child ends by itself with a code that says so, or on SIGTERM, which is passed on. Holds the
/// pid file's lock meanwhile. Returns an exit code.
int supervise(const ControllerOptions& options);

/// How long to wait before the next start: nothing after a run of a minute, else 0.2 s doubled up
/// to 10 s.
controller::Duration restart_delay(int quick_deaths);

}  // namespace vectis::api
