#pragma once

#include "controller/clock.hpp"
#include "reconcilers/core/prober.hpp"
#include "resources/object.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace vectis::reconcilers {

/// What is to be probed: a container of a Workload.
struct ProbeSubject {
    resources::ObjectKey key{};
    std::string container{};   ///< id
    std::string started_at{};  ///< a restart begins a new record
    ProbeTarget target{};

    friend bool operator==(const ProbeSubject& a, const ProbeSubject& b) {
        return a.container == b.container && a.started_at == b.started_at &&
               a.target.address == b.target.address && a.target.probe == b.target.probe;
    }
};

struct ProbeRecord {
    bool is_ready = false;
    controller::Time asked_since{};
    controller::Time ready_since{};
    int failures = 0;
    std::string message{};
    std::string lack{};  ///< see ProbeResult
};

/// Probes each Workload's container when it is due, every 250 ms until it is ready and then at its
/// interval, and wakes the key when the answer changes. A service that was ready is given up after
/// as many failures as declared, at least a second apart; a probe that could not be made says
/// nothing about it. One subject a key. Thread-safe: `step` may
/// run on several threads.
class ProbeBoard {
public:
    using Wake = std::function<void(const resources::ObjectKey&)>;
    ProbeBoard(Prober& prober, controller::Clock& clock, Wake wake);

    void watch(const ProbeSubject& subject);
    void forget(const resources::ObjectKey& key);
    std::optional<ProbeRecord> record(const resources::ObjectKey& key, const std::string& container)
        const;
    /// Probes at once at the next step: something happened to it.
    void hurry(const resources::ObjectKey& key);

    /// Performs one due probe; false if none is due.
    bool step(std::stop_token stop);
    /// Steps until `stop`, sleeping on the clock while nothing is due.
    void run(std::stop_token stop);
    std::optional<controller::Time> next_due() const;

private:
    struct Entry {
        ProbeSubject subject{};
        std::optional<ProbeRecord> record{};
        controller::Time due{};
        bool is_running = false;
    };
    using Entries = std::map<resources::ObjectKey, Entry>;
    void finish(const ProbeSubject& subject, const ProbeResult& result);
    /// entries_.end() if none waits.
    Entries::iterator most_overdue_locked();

    Prober& prober_;
    controller::Clock& clock_;
    Wake wake_;
    /// Time::max() if nothing is.
    controller::Time next_due_locked() const;

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t changes_ = 0;  ///< of what is due when
    Entries entries_;
};

}  // namespace vectis::reconcilers
