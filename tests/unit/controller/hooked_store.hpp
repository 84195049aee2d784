#pragma once

#include "tests/support/forwarding_store.hpp"

#include <atomic>
#include <functional>
#include <utility>

namespace vectis::controller {

/// Another store, with something that happens before it is asked to create, a rule for what it
/// takes, and a count of what is read.
class HookedStore final : public test::ForwardingStore {
public:
    using ForwardingStore::ForwardingStore;

    std::function<void()> before_create{};
    std::atomic<int> reads = 0;
    std::function<bool(const resources::Object&)> takes{};

    std::optional<resources::Object> get(const resources::ObjectKey& key) override {
        ++reads;
        return store().get(key);
    }
    ObjectList list(const Query& query) override {
        ++reads;
        return store().list(query);
    }
    StoreResult<resources::Object> create(const resources::Object& object) override {
        if (const auto hook = std::exchange(before_create, nullptr)) hook();
        if (takes && !takes(object)) return StoreRefusal(StoreReason::refused, "against the rule");
        return store().create(object);
    }
};

}  // namespace vectis::controller
