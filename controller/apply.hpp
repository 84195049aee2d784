#pragma once

#include "controller/clock.hpp"
#include "controller/store.hpp"
#include "resources/object.hpp"

#include <functional>
#include <string>
#include <vector>

namespace vectis::controller {

enum class Applied { created, configured, unchanged, pruned, left };

struct AppliedObject {
    resources::ObjectKey key{};
    Applied what = Applied::unchanged;
};

struct ApplyOutcome {
    std::vector<AppliedObject> objects{};
    std::vector<std::string> conflicts{};  ///< if any, nothing was written
};

enum class Prune { no, yes };

/// `yes`: a person declares it, so what is Stalled as it was declared is to be tried once more.
enum class Retry { no, yes };

/// What to try is named by this annotation; another value is another try of what failed.
inline constexpr const char* attempt_annotation = "vectis.dev/attempt";
std::string attempt_of(const resources::Object& object);

/// Where objects of a kind live.
struct Stores {
    Store& platform;
    Store& mail;

    Store& of(const resources::ObjectKey& key) const;
};

/// Declares `objects` as `manager` ("file:<folder>", "cli"). An object that a folder declares can
/// be changed by that folder only; all of this is checked before the first write. Equal objects are
/// not written. With `Prune::yes`, platform objects that this manager declared before and no longer
/// does are removed; mail objects stay, lose their manager and are listed as `left`. If the mail
/// store does not answer, the platform's objects are applied, since one of them may be what mends
/// it, and then StoreError says that the rest was not.
ApplyOutcome apply(
    const Stores& stores,
    Clock& clock,
    const std::string& manager,
    const std::vector<resources::Object>& objects,
    Prune prune,
    Retry retry = Retry::no
);

}  // namespace vectis::controller
