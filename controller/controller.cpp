#include "controller/controller.hpp"

#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "controller/log.hpp"

namespace vectis::controller {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Every key is looked at again after this time ± 10 %, whatever was heard.
constexpr Duration resync_interval = seconds(60);

double to_seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

Controller::Controller(const Parts& parts)
    : clock_(parts.clock), random_(parts.random), metrics_(parts.metrics), lease_(parts.lease), queue_(parts.clock, parts.random) {
    metrics_.describe("controller_runtime_reconcile_total", "counter", "Reconciles by controller and result.");
    metrics_.describe("controller_runtime_reconcile_errors_total", "counter", "Reconciles that failed.");
    metrics_.describe("controller_runtime_reconcile_time_seconds", "histogram", "Time of a reconcile.");
    metrics_.describe("workqueue_depth", "gauge", "Keys that wait or are worked on.");
}

void Controller::add(Reconciler& reconciler) {
    const std::string kind(reconciler.kind());
    reconcilers_[kind] = &reconciler;
    for (const char* result : {"success", "error", "requeue_after"}) metrics_.add("controller_runtime_reconcile_total", {{"controller", kind}, {"result", result}}, 0);
    metrics_.add("controller_runtime_reconcile_errors_total", {{"controller", kind}}, 0);
}

void Controller::follow(Store& store) {
    stores_.push_back(&store);
    store.subscribe([this](const Change& change) { heard(change); });
}

void Controller::heard(const Change& change) {
    const resources::ObjectKey key = resources::key_of(change.object);
    wake(key, Priority::user);
    for (const resources::OwnerReference& owner : change.object.metadata.owner_references) wake({owner.kind, "", owner.name}, Priority::user);
}

void Controller::wake(const resources::ObjectKey& key, Priority priority) {
    if (reconcilers_.contains(key.kind)) queue_.add(key, priority);
}

void Controller::resync(Priority priority) {
    for (Store* store : stores_) {
        for (const resources::Object& object : store->list({}).items) wake(resources::key_of(object), priority);
    }
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
    const MetricLabels labels{{"controller", key.kind}};
    const auto count = [&](const char* result) { metrics_.add("controller_runtime_reconcile_total", {{"controller", key.kind}, {"result", result}}); };
    try {
        const ReconcileResult result = reconcilers_.at(key.kind)->reconcile(key, context);
        queue_.forget(key);
        queue_.done(key);
        if (result.again_after) queue_.add_at(key, clock_.now() + *result.again_after);
        count(result.again_after ? "requeue_after" : "success");
    } catch (const std::exception& error) {
        const Duration delay = queue_.failed(key);
        log::warn("reconcile failed", {{"object", resources::to_text(key)}, {"error", error.what()}, {"again in", std::to_string(to_seconds(delay)) + " s"}});
        metrics_.add("controller_runtime_reconcile_errors_total", labels);
        count("error");
    }
    metrics_.observe("controller_runtime_reconcile_time_seconds", labels, to_seconds(clock_.now() - start));
    metrics_.set("workqueue_depth", {{"name", "vectis"}}, static_cast<double>(queue_.size()));
}

void Controller::resync_when_due() {
    {
        const std::scoped_lock lock(mutex_);
        const Time now = clock_.now();
        if (now < next_resync_) return;
        const auto jitter = static_cast<Duration::rep>(900 + random_.below(201));
        next_resync_ = now + resync_interval * jitter / 1000;
    }
    try {
        resync(Priority::resync);
    } catch (const std::exception& error) {
        log::warn("resync failed", {{"error", error.what()}});
    }
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
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < workers; ++i) {
        threads.emplace_back([this, stop] { work(stop); });
    }
    while (!stop.stop_requested()) {
        resync_when_due();
        clock_.sleep(milliseconds(1000), stop);
    }
}

}  // namespace vectis::controller
