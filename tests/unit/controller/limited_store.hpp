#pragma once

#include "tests/support/forwarding_store.hpp"

#include <string>

namespace vectis::controller {

/// Says no to a create beyond a number of objects, and to an address that an object of the other
/// mail kind has, as the mail database does.
class LimitedStore final : public test::ForwardingStore {
public:
    LimitedStore(Store& store, std::size_t most) : ForwardingStore(store), limit(most) {}

    StoreResult<resources::Object> create(const resources::Object& object) override {
        const resources::ObjectKey key = resources::key_of(object);
        const char* const rival = key.kind == "Alias" ? "Mailbox" : "Alias";
        if (store().get({rival, key.ns, key.name}))
            return StoreRefusal(
                StoreReason::already_exists, resources::to_text(key) + ": the address is taken"
            );
        if (store().list({}).items.size() >= limit)
            return StoreRefusal(
                StoreReason::refused,
                resources::to_text(key) + ": the limit is " + std::to_string(limit)
            );
        return store().create(object);
    }

    std::size_t limit;
};

}  // namespace vectis::controller
