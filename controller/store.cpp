#include "controller/store.hpp"

namespace vectis::controller {

void throw_exception_from_error(const StoreRefusal& refusal, const boost::source_location&) {
    throw StoreError(refusal.message());
}

bool is_edit(const Change& change) {
    if (change.type != Change::Type::modified || !change.previous) return true;
    resources::Metadata before = change.previous->metadata;
    before.resource_version = change.object.metadata.resource_version;
    return before != change.object.metadata || change.previous->spec != change.object.spec;
}

bool Query::matches(const resources::ObjectKey& key) const {
    return (kind.empty() || kind == key.kind) && (ns.empty() || ns == key.ns);
}

}  // namespace vectis::controller
