#pragma once

#include "controller/clock.hpp"
#include "controller/store.hpp"
#include "resources/object.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace vectis::controller {

enum class Applied { created, configured, unchanged, pruned, left };

struct AppliedObject {
    resources::ObjectKey key{};
    Applied what = Applied::unchanged;
};

/// What a store says no to: a limit, an address that is taken.
struct RefusedObject {
    resources::ObjectKey key{};
    StoreRefusal why{};
};

struct ApplyOutcome {
    std::vector<AppliedObject> objects{};
    std::vector<RefusedObject> refused{};  ///< these were not written, all others were
    std::vector<std::string> conflicts{};  ///< if any, nothing was written
};

enum class Prune { no, yes };

/// `yes`: a person declares it, so what is Stalled as it was declared is to be tried once more.
enum class Retry { no, yes };

/// What an `apply` may do beyond writing the objects.
struct ApplyOptions {
    Prune prune = Prune::no;
    Retry retry = Retry::no;
    /// Whether what the other manager declares or applied gives way; without it nothing does.
    std::function<bool(const std::string& manager)> yields{};
};

/// What to try is named by this annotation; another value is another try of what failed.
inline constexpr const char* attempt_annotation = "vectis.dev/attempt";
std::string attempt_of(const resources::Object& object);

/// The mail store did not answer. The platform's objects are applied: one of them may be what mends
/// it.
class MailAway final : public StoreError {
public:
    using StoreError::StoreError;
};

/// Where objects of a kind live.
struct Stores {
    Store& platform;
    Store& mail;

    Store& of(const resources::ObjectKey& key) const;
};

/// The fields, as ".spec.internal", in which `wanted` differs from what a manager that declares
/// nothing has applied; none if that is `manager` itself. A folder that declares the object
/// contests nothing: it is the higher authority.
std::vector<std::string> contested_fields(
    const resources::Object& stored, const resources::Object& wanted, const std::string& manager
);

/// Declares `objects` as `manager` ("file:<folder>", "cli"). An object that a folder declares can
/// be changed by that folder only, and one that another manager applied with other values by that
/// manager only, unless it yields; all of this is checked before the first write. Equal objects are
/// not written. With `Prune::yes`, platform objects that this manager declared before and no longer
/// does are removed; mail objects stay, lose their manager and are listed as `left`. What a store
/// refuses keeps nothing else from being written. Throws MailAway when all but the mail
/// objects is applied.
ApplyOutcome apply(
    const Stores& stores,
    Clock& clock,
    const std::string& manager,
    const std::vector<resources::Object>& objects,
    const ApplyOptions& options = {}
);

/// Takes the manager from the mail objects that it declared and that are not among `wanted`; they
/// stay, and `left_by` names it.
void leave_mail(
    Store& mail,
    Clock& clock,
    const std::string& manager,
    const std::set<resources::ObjectKey>& wanted,
    ApplyOutcome& outcome
);

/// Takes the manager from everything that it declared, in both stores.
ApplyOutcome release(const Stores& stores, Clock& clock, const std::string& manager);

}  // namespace vectis::controller
