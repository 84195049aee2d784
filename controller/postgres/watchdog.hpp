#pragma once

#include "controller/clock.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace vectis::controller {

/// While it lives, shuts the socket down when the time is over or `stop` is set: whoever reads from
/// it returns at once.
class Watchdog {
public:
    Watchdog(int socket, Duration timeout, std::stop_token stop);

    bool has_fired() const { return has_fired_; }

private:
    void fire(int socket);
    void watch(std::stop_token ended, int socket, Duration timeout);

    std::atomic<bool> has_fired_ = false;
    std::mutex mutex_;
    std::condition_variable_any ended_;
    std::stop_callback<std::function<void()>> on_stop_;
    std::jthread thread_;  ///< last: it ends before the rest
};

}  // namespace vectis::controller
