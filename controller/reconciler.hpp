#pragma once

#include "controller/clock.hpp"
#include "resources/object.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace vectis::controller {

/// What a worker hands to a reconcile. The id stands in every log line and event that it causes.
struct ReconcileContext {
    std::string id{};
    std::stop_token stop{};
};

struct ReconcileResult {
    std::optional<Duration> again_after{};  ///< look again then, without counting as a failure
};

/// Drives one kind. `reconcile` is level-triggered and idempotent: it may run twice, late, after a
/// crash, on old data. It may throw: the worker logs, counts, and looks again after the back-off.
/// It never waits long: pulls, builds and dumps are jobs.
class Reconciler {
public:
    Reconciler() = default;
    Reconciler(const Reconciler&) = delete;
    Reconciler& operator=(const Reconciler&) = delete;
    virtual ~Reconciler() = default;

    virtual std::string_view kind() const = 0;
    virtual ReconcileResult reconcile(
        const resources::ObjectKey& key, const ReconcileContext& context
    ) = 0;
};

}  // namespace vectis::controller
