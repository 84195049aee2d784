#include "controller/controller.hpp"

#include "controller/log.hpp"
#include "resources/kind.hpp"

#include <exception>
#include <thread>
#include <utility>
#include <vector>

namespace vectis::controller {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Every key is looked at again after this time ± 10 %, whatever was heard.
constexpr Duration resync_interval = seconds(60);

}  // namespace

Controller::Controller(const Parts& parts)
    : clock_(parts.clock),
      random_(parts.random),
      metrics_(parts.metrics),
      lease_(parts.lease),
      queue_(parts.clock, parts.random) {}

void Controller::add(Reconciler& reconciler) {
    const std::string kind(reconciler.kind());
    reconcilers_[kind] = &reconciler;
    metrics_.begin(kind);
}

void Controller::follow(Store& store, Resync resync) {
    if (resync == Resync::yes) resynced_.push_back(&store);
    store.subscribe([this](const Change& change) { heard(change); });
}

void Controller::heard(const Change& change) {
    // A status is written by the reconciler itself. Were that as urgent as an edit, a key that
    // fails would never keep its distance.
    wake(resources::key_of(change.object), is_edit(change) ? Priority::user : Priority::normal);
    wake_owners(change.object);
    if (change.previous) wake_owners(*change.previous);
}

void Controller::wake_owners(const resources::Object& object) {
    for (const resources::OwnerReference& owner : object.metadata.owner_references) {
        const resources::Kind* kind = resources::find_kind(owner.kind);
        const bool is_namespaced = kind != nullptr && kind->is_namespaced;
        wake({owner.kind, is_namespaced ? object.metadata.ns : "", owner.name}, Priority::normal);
    }
}

void Controller::wake(const resources::ObjectKey& key, Priority priority) {
    if (reconcilers_.contains(key.kind)) queue_.add(key, priority);
}

void Controller::resync(Priority priority) {
    for (const resources::ObjectKey& key : keys()) wake(key, priority);
}

/// Of every object that is to be looked at again.
std::vector<resources::ObjectKey> Controller::keys() const {
    std::vector<resources::ObjectKey> out;
    for (Store* store : resynced_) {
        try {
            for (const resources::Object& object : store->list({}).items) {
                if (reconcilers_.contains(object.kind)) out.push_back(resources::key_of(object));
            }
        } catch (const std::exception& error) {
            // The objects of the other stores are looked at all the same.
            log::warn("a store could not be listed", {{"error", error.what()}});
        }
    }
    return out;
}

bool Controller::step(std::stop_token stop) {
    if (!lease_.is_held()) return false;
    const std::optional<resources::ObjectKey> key = queue_.take();
    if (!key) return false;
    reconcile(*key, std::move(stop));
    return true;
}

void Controller::reconcile(const resources::ObjectKey& key, std::stop_token stop) {
    const Time start = clock_.now();
    ReconcileContext context{.stop = std::move(stop)};
    {
        const std::scoped_lock lock(mutex_);
        context.id = random_.text(8);
    }
    const log::Scope scope(context.id);
    metrics_.started(key.kind, queue_.waited(key));
    const ReconcileOutcome outcome = reconcile_one(key, context);
    metrics_.ended(key.kind, outcome, clock_.now() - start);
    note_resynced(key);
    metrics_.update(queue_.stats());
}

ReconcileOutcome Controller::reconcile_one(
    const resources::ObjectKey& key, const ReconcileContext& context
) {
    try {
        const ReconcileResult result = reconcilers_.at(key.kind)->reconcile(key, context);
        queue_.forget(key);
        queue_.done(key);
        if (!result.again_after) return ReconcileOutcome::success;
        queue_.add_at(key, clock_.now() + *result.again_after);
        return ReconcileOutcome::requeue_after;
    } catch (const std::exception& error) {
        const Duration delay = queue_.failed(key);
        log::warn(
            "reconcile failed",
            {{"object", resources::to_text(key)},
             {"error", error.what()},
             {"again in", std::to_string(delay / milliseconds(1)) + " ms"}}
        );
        return ReconcileOutcome::error;
    }
}

void Controller::resync_when_due() {
    {
        const std::scoped_lock lock(mutex_);
        const Time now = clock_.now();
        if (now < next_resync_) return;
        const auto jitter = static_cast<Duration::rep>(900 + random_.below(201));
        next_resync_ = now + resync_interval * jitter / 1000;
    }
    const std::vector<resources::ObjectKey> all = keys();
    {
        const std::scoped_lock lock(mutex_);
        resync_began_ = clock_.now();
        resync_left_ = {all.begin(), all.end()};
    }
    for (const resources::ObjectKey& key : all) wake(key, Priority::resync);
}

void Controller::note_resynced(const resources::ObjectKey& key) {
    const std::scoped_lock lock(mutex_);
    if (resync_left_.erase(key) == 1 && resync_left_.empty())
        metrics_.resynced(clock_.now() - resync_began_);
}

void Controller::work(std::stop_token stop) {
    while (!stop.stop_requested()) {
        const std::optional<resources::ObjectKey> key = queue_.wait_and_take(stop);
        if (!key) continue;
        if (lease_.is_held()) {
            reconcile(*key, stop);
        } else {
            queue_.done(*key);
            queue_.add_at(*key, clock_.now() + seconds(1));
        }
    }
}

void Controller::run(std::size_t workers, std::stop_token stop) {
    metrics_.set_workers(workers);
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < workers; ++i) {
        threads.emplace_back([this, stop] { work(stop); });
    }
    while (!stop.stop_requested()) {
        resync_when_due();
        metrics_.update(queue_.stats());
        metrics_.set_leader(lease_.is_held());
        clock_.sleep(milliseconds(1000), stop);
    }
}

}  // namespace vectis::controller
