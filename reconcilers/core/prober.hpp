#pragma once

#include "resources/workload/workload.hpp"

#include <chrono>
#include <stop_token>
#include <string>

namespace vectis::reconcilers {

struct ProbeTarget {
    resources::Probe probe{};
    std::string container{};    ///< id, for a prober that asks the engine instead
    std::string address{};      ///< of the container, IPv4
    std::string password{};     ///< resolved from probe.password_secret
    std::string server_name{};  ///< SNI and EHLO name
};

struct ProbeResult {
    bool is_ready = false;
    std::string message{};  ///< one sentence: what was seen, or what failed
    bool is_asked = true;   ///< false: nothing was learnt, for want of our own (sockets, a route)
    /// One word: what it lacks, by its own word, that somebody has to bring. A restart is in vain.
    std::string lack{};
};

/// Speaks the service's protocol once. The simulation answers from the model engine.
class Prober {
public:
    Prober() = default;
    Prober(const Prober&) = delete;
    Prober& operator=(const Prober&) = delete;
    virtual ~Prober() = default;

    /// Never throws for what the service does; ends within the probe's time-out or when `stop` is
    /// set.
    virtual ProbeResult probe(const ProbeTarget& target, std::stop_token stop) = 0;
};

}  // namespace vectis::reconcilers
