#pragma once

#include "controller/postgres/connection.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace vectis::controller {

/// A few connections to the attached server. Thread-safe.
class ConnectionPool {
public:
    explicit ConnectionPool(std::size_t size = 4) : free_places_(size) {}

    /// Attaching to where it is attached already changes nothing.
    void attach(const Target& target);
    void detach();
    std::optional<Target> target() const;

    using Act = std::function<void(Transaction&)>;
    /// Performs `act` in a transaction and commits it. Throws StoreError if nothing is attached, no
    /// connection gets free or the server does not answer in time, SqlError if it refuses; nothing
    /// is tried twice.
    void transact(const Patience& patience, const Act& act);

private:
    struct Lease {
        std::unique_ptr<Connection> connection{};
        Target target{};
    };
    Lease take(const Patience& patience);
    void give_back(Lease lease);

    mutable std::mutex mutex_;
    std::condition_variable_any freed_;
    std::size_t free_places_;
    std::optional<Target> target_;
    std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace vectis::controller
