#pragma once

#include "controller/home.hpp"

#include <functional>
#include <optional>
#include <string>

namespace vectis::api {

/// What `vectis controller` was started with.
struct ControllerOptions {
    controller::Home home{};
    std::string project{};    ///< prefix of everything on the engine
    std::string manifests{};  ///< folder to read instead of the embedded manifests; empty: embedded
    std::string log_level{};  ///< debug, info, warn or error
    std::string log_format{};  ///< text or json
    /// On loopback; 0 picks a free one. Nothing: the usual one, or a free one if somebody has that.
    std::optional<int> metrics_port{};
};

/// Exit codes of `run_controller` that the supervisor understands: it restarts the controller after
/// anything else.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_invalid = 2;     ///< cannot work as configured: restarting would not help
inline constexpr int exit_lease_held = 3;  ///< another controller owns this installation

struct CliHooks {
    std::function<int(const ControllerOptions&)> run_controller{};
};

/// The command line. Returns the exit code: 0 done, 1 failed, 2 invalid input; `diff` and `plan`: 0
/// no change, 1 changes, 2 error.
int run_cli(int argc, char** argv, const CliHooks& hooks);

}  // namespace vectis::api
