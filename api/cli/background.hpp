#pragma once

#include "api/cli/api_client.hpp"
#include "api/cli/cli.hpp"
#include "controller/clock.hpp"

#include <string>

namespace vectis::api {

/// Makes the home of an installation. Throws if it is no folder of its own or has no space left; it
/// is then as it was.
void prepare_home(const controller::Home& home);

/// The background process of an installation: a supervisor and the controller below it.
class Background {
public:
    Background(const ControllerOptions& options, const ApiClient& client, controller::Clock& clock)
        : options_(options), client_(client), clock_(clock) {}

    /// Starts it if nobody answers on the socket and waits until somebody does. Throws
    /// CommandFailed with the log's tail.
    void ensure(controller::Duration limit) const;
    /// Ends the supervisor and the controller, by pids that the kernel vouches for. Throws
    /// CommandFailed if they stay.
    void stop() const;
    bool is_running() const;
    /// Why the controller that answers should be stopped and started anew, as the end of a
    /// sentence; empty: there is no reason, or a person runs it in the foreground.
    std::string reason_to_replace() const;

private:
    std::string log_tail() const;
    bool wait_until_gone(controller::Duration limit) const;

    const ControllerOptions& options_;
    const ApiClient& client_;
    controller::Clock& clock_;
};

}  // namespace vectis::api
