#include "controller/postgres/watchdog.hpp"

#include <sys/socket.h>

namespace vectis::controller {

Watchdog::Watchdog(int socket, Duration timeout, std::stop_token stop)
    : on_stop_(std::move(stop), [this, socket] { fire(socket); }),
      thread_([this, socket, timeout](const std::stop_token& ended) {
          watch(ended, socket, timeout);
      }) {}

void Watchdog::fire(int socket) {
    has_fired_ = true;
    ::shutdown(socket, SHUT_RDWR);
}

void Watchdog::watch(std::stop_token ended, int socket, Duration timeout) {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, ended, timeout, [] { return false; });
    if (!ended.stop_requested()) fire(socket);
}

}  // namespace vectis::controller
