#include "docker-client/limit.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace vectis::docker {
namespace {

// Keeps "now + deadline" inside of the clock's range, whatever a caller asks for.
constexpr std::chrono::milliseconds deadline_max = std::chrono::hours(24 * 365);

}  // namespace

Limit::Limit(const Call& call)
    : deadline_(std::clamp(call.deadline, std::chrono::milliseconds(0), deadline_max)),
      end_(Clock::now() + deadline_),
      stop_(call.stop) {}

void Limit::pause(std::chrono::milliseconds time) const {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    const Clock::time_point until = std::min(end_, Clock::now() + time);
    stopped.wait_until(lock, stop_, until, [] { return false; });
}

}  // namespace vectis::docker
