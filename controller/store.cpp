#include "controller/store.hpp"

namespace vectis::controller {

void throw_exception_from_error(const StoreRefusal& refusal, const boost::source_location&) {
    throw StoreError(refusal.message());
}

bool Query::matches(const resources::ObjectKey& key) const {
    return (kind.empty() || kind == key.kind) && (ns.empty() || ns == key.ns);
}

}  // namespace vectis::controller
