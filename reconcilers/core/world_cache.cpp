#include "reconcilers/core/world_cache.hpp"

#include "reconcilers/core/identity.hpp"

#include <utility>

namespace vectis::reconcilers {
namespace {

docker::Call call_with(std::stop_token stop) {
    return {.deadline = std::chrono::seconds(20), .stop = std::move(stop), .node = "local"};
}

}  // namespace

WorldCache::WorldCache(docker::Engine& engine, docker::Labels labels)
    : engine_(engine), labels_(std::move(labels)) {}

std::shared_ptr<const World> WorldCache::observe(std::stop_token stop) {
    {
        const std::scoped_lock lock(mutex_);
        if (!is_stale_) return world_;
    }
    return refresh(std::move(stop));
}

std::shared_ptr<const World> WorldCache::refresh(std::stop_token stop) {
    std::uint64_t asked = 0;
    {
        const std::scoped_lock lock(mutex_);
        asked = begun_;
    }
    const std::scoped_lock one(refreshing_);
    std::shared_ptr<const World> last;
    std::set<std::string> heard;
    std::uint64_t mine = 0;
    {
        const std::scoped_lock lock(mutex_);
        if (shown_ > asked) return world_;
        mine = ++begun_;
        if (std::exchange(is_full_due_, false)) rows_.clear();
        last = world_;
        heard = std::exchange(heard_, {});
        is_stale_ = false;  // what is heard from here on asks for another look
    }
    try {
        auto fresh = std::make_shared<const World>(take(*last, heard, std::move(stop)));
        const std::scoped_lock lock(mutex_);
        world_ = fresh;
        shown_ = mine;
        return fresh;
    } catch (...) {
        const std::scoped_lock lock(mutex_);
        heard_.merge(heard);
        is_stale_ = true;
        throw;
    }
}

bool WorldCache::resync(std::stop_token stop) {
    std::shared_ptr<const World> believed;
    bool is_surprise = false;
    {
        const std::scoped_lock lock(mutex_);
        believed = world_;
        is_surprise = !is_stale_;
        is_full_due_ = true;
        is_stale_ = true;
    }
    return *refresh(std::move(stop)) != *believed && is_surprise;
}

void WorldCache::hear(const std::string& container) {
    const std::scoped_lock lock(mutex_);
    if (!container.empty()) heard_.insert(container);
    is_stale_ = true;
}

std::optional<docker::Container> WorldCache::recall(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, container] : world_->containers) {
        if (container.id == id || name == id) return container;
    }
    return std::nullopt;
}

World WorldCache::take(
    const World& last, const std::set<std::string>& heard, std::stop_token stop
) {
    const docker::Call call = call_with(std::move(stop));
    World fresh;
    std::map<std::string, docker::ContainerSummary> rows;
    std::map<std::string, docker::ContainerSummary> known;
    {
        const std::scoped_lock lock(mutex_);
        known = rows_;
    }
    for (const docker::ContainerSummary& row : engine_.list_containers({labels_}, call)) {
        const auto old = last.containers.find(row.name);
        const auto old_row = known.find(row.id);
        const bool is_same = old != last.containers.end() && old->second.id == row.id &&
                             old_row != known.end() && old_row->second == row &&
                             !heard.contains(row.id) && !heard.contains(row.name);
        if (is_same) {
            fresh.containers[row.name] = old->second;
        } else if (std::optional<docker::Container> seen =
                       engine_.inspect_container(row.id, call)) {
            fresh.containers[row.name] = std::move(*seen);
        }
        rows[row.id] = row;
    }
    for (const docker::Network& network : engine_.list_networks(labels_, call))
        fresh.networks.emplace(network.name, network);
    for (const docker::Volume& volume : engine_.list_volumes(labels_, call))
        fresh.volumes.emplace(volume.name, marked(volume));
    const std::scoped_lock lock(mutex_);
    rows_ = std::move(rows);
    return fresh;
}

}  // namespace vectis::reconcilers
