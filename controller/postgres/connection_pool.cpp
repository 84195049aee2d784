#include "controller/postgres/connection_pool.hpp"

#include <utility>

namespace vectis::controller {

void ConnectionPool::attach(const Target& target) {
    std::vector<std::unique_ptr<Connection>> old;
    const std::scoped_lock lock(mutex_);
    if (target_ == target) return;
    target_ = target;
    old.swap(idle_);
}

void ConnectionPool::detach() {
    std::vector<std::unique_ptr<Connection>> old;
    const std::scoped_lock lock(mutex_);
    target_.reset();
    old.swap(idle_);
}

std::optional<Target> ConnectionPool::target() const {
    const std::scoped_lock lock(mutex_);
    return target_;
}

ConnectionPool::Lease ConnectionPool::take(const Patience& patience) {
    std::unique_lock lock(mutex_);
    if (!target_) throw StoreError("the mail database is not ready yet");
    if (!freed_.wait_for(lock, patience.stop, patience.timeout, [&] { return free_places_ > 0; }))
        throw StoreError("all connections to Postgres are in use");
    if (!target_) throw StoreError("the mail database is not ready yet");
    --free_places_;
    Lease lease{nullptr, *target_};
    if (!idle_.empty()) {
        lease.connection = std::move(idle_.back());
        idle_.pop_back();
    }
    return lease;
}

void ConnectionPool::give_back(Lease lease) {
    {
        const std::scoped_lock lock(mutex_);
        ++free_places_;
        // What broke one has most likely broken the others.
        if (lease.connection && lease.connection->is_broken())
            idle_.clear();
        else if (lease.connection && target_ == lease.target)
            idle_.push_back(std::move(lease.connection));
    }
    freed_.notify_one();
}

void ConnectionPool::transact(const Patience& patience, const Act& act) {
    Lease lease = take(patience);
    try {
        if (!lease.connection)
            lease.connection = std::make_unique<Connection>(lease.target, patience);
        Transaction transaction(*lease.connection, patience);
        act(transaction);
        transaction.commit();
    } catch (...) {
        give_back(std::move(lease));
        throw;
    }
    give_back(std::move(lease));
}

}  // namespace vectis::controller
