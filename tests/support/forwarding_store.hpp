#pragma once

#include "controller/store.hpp"

#include <utility>

namespace vectis::test {

/// Another store. What wants to meddle overrides what it meddles with.
class ForwardingStore : public controller::Store {
public:
    explicit ForwardingStore(controller::Store& store) : store_(store) {}

    std::optional<resources::Object> get(const resources::ObjectKey& key) override {
        return store_.get(key);
    }
    controller::ObjectList list(const controller::Query& query) override {
        return store_.list(query);
    }
    controller::StoreResult<resources::Object> create(const resources::Object& object) override {
        return store_.create(object);
    }
    controller::StoreResult<resources::Object> update(const resources::Object& object) override {
        return store_.update(object);
    }
    controller::StoreResult<resources::Object> update_status(const resources::Object& object
    ) override {
        return store_.update_status(object);
    }
    controller::StoreResult<resources::Object> remove(
        const resources::ObjectKey& key, const controller::Preconditions& preconditions
    ) override {
        return store_.remove(key, preconditions);
    }
    std::int64_t version() override { return store_.version(); }
    controller::StoreResult<std::vector<controller::Change>> changes(
        const controller::Query& query, std::int64_t after, std::size_t limit
    ) override {
        return store_.changes(query, after, limit);
    }
    bool wait_for_change(std::int64_t after, controller::Duration timeout, std::stop_token stop)
        override {
        return store_.wait_for_change(after, timeout, std::move(stop));
    }
    void subscribe(Listener listener) override { store_.subscribe(std::move(listener)); }

protected:
    controller::Store& store() { return store_; }

private:
    controller::Store& store_;
};

}  // namespace vectis::test
