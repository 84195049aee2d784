#include "reconcilers/core/world_cache.hpp"

#include <utility>

namespace vectis::reconcilers {
namespace {

docker::Call call_with(std::stop_token stop) {
    return {.deadline = std::chrono::seconds(20), .stop = std::move(stop), .node = "local"};
}

}  // namespace

WorldCache::WorldCache(docker::Engine& engine, Identity identity)
    : engine_(engine), identity_(std::move(identity)) {}

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
    std::set<std::string> heard;
    std::uint64_t mine = 0;
    {
        const std::scoped_lock lock(mutex_);
        if (shown_ > asked) return world_;
        mine = ++begun_;
        heard = std::exchange(heard_, {});
        is_stale_ = false;  // what is heard from here on asks for another look
    }
    try {
        auto fresh = std::make_shared<const World>(take(stop));
        const std::scoped_lock lock(mutex_);
        note_heard(*fresh, heard);
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

World WorldCache::take(const std::stop_token& stop) {
    docker::Listing seen = engine_.list(installation_labels(identity_), call_with(stop));
    World fresh;
    for (docker::ContainerSummary& row : seen.containers)
        fresh.containers.emplace(row.id, std::move(row));
    for (docker::Network& network : seen.networks)
        fresh.networks.emplace(network.name, std::move(network));
    for (const docker::Volume& volume : seen.volumes)
        fresh.volumes.emplace(volume.name, marked(volume));
    return fresh;
}

/// What was heard of is due; what is gone is forgotten.
void WorldCache::note_heard(const World& fresh, const std::set<std::string>& heard) {
    for (const auto& [id, row] : fresh.containers) {
        if (heard.contains(id) || heard.contains(row.name)) due_.insert(id);
    }
    std::erase_if(due_, [&](const std::string& id) { return !fresh.containers.contains(id); });
    const auto is_gone = [&](const auto& one) { return !fresh.containers.contains(one.first); };
    std::erase_if(inspected_, is_gone);
    std::erase_if(asked_, is_gone);
}

std::vector<docker::Container> WorldCache::containers_of(
    const World& world, const resources::ObjectKey& key, std::stop_token stop
) {
    std::vector<docker::Container> out;
    for (const auto& [id, row] : world.containers) {
        if (!stands_for(row.labels, identity_, key)) continue;
        std::optional<docker::Container> container = known(row);
        if (!container) container = inspect(row, stop);
        if (container) out.push_back(std::move(*container));
    }
    return out;
}

/// What was seen of the container, unless that is old.
std::optional<docker::Container> WorldCache::known(const docker::ContainerSummary& row) const {
    const std::scoped_lock lock(mutex_);
    const auto seen = inspected_.find(row.id);
    if (seen == inspected_.end() || seen->second.row != row || due_.contains(row.id))
        return std::nullopt;
    return seen->second.container;
}

std::optional<docker::Container> WorldCache::inspect(
    const docker::ContainerSummary& row, const std::stop_token& stop
) {
    std::uint64_t mine = 0;
    {
        const std::scoped_lock lock(mutex_);
        due_.erase(row.id);
        inspected_.erase(row.id);
        mine = asked_[row.id] = ++inspections_;
    }
    std::optional<docker::Container> seen = engine_.inspect_container(row.id, call_with(stop));
    const std::scoped_lock lock(mutex_);
    // An answer that was overtaken by that of a later question is old.
    if (seen && asked_[row.id] == mine) inspected_[row.id] = {row, *seen};
    return seen;
}

bool WorldCache::resync(std::size_t shares, std::stop_token stop) {
    std::shared_ptr<const World> believed;
    bool is_surprise = false;
    {
        const std::scoped_lock lock(mutex_);
        believed = world_;
        is_surprise = !is_stale_;
    }
    const std::shared_ptr<const World> world = refresh(stop);
    is_surprise = is_surprise && *world != *believed;
    for (const docker::ContainerSummary& row : next_share(*world, shares)) {
        const std::optional<docker::Container> before = known(row);
        const std::optional<docker::Container> after = inspect(row, stop);
        is_surprise |= before && before != after;
    }
    return is_surprise;
}

std::vector<docker::ContainerSummary> WorldCache::next_share(
    const World& world, std::size_t shares
) {
    const std::scoped_lock lock(mutex_);
    const std::size_t count = (world.containers.size() + shares - 1) / shares;
    std::vector<docker::ContainerSummary> out;
    auto next = world.containers.upper_bound(last_resynced_);
    while (out.size() < count) {
        if (next == world.containers.end()) next = world.containers.begin();
        out.push_back(next->second);
        last_resynced_ = next->first;
        ++next;
    }
    return out;
}

void WorldCache::hear(const std::string& container) {
    const std::scoped_lock lock(mutex_);
    if (!container.empty()) heard_.insert(container);
    is_stale_ = true;
}

std::optional<docker::ContainerSummary> WorldCache::recall(const std::string& container) const {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, row] : world_->containers) {
        if (id == container || row.name == container) return row;
    }
    return std::nullopt;
}

}  // namespace vectis::reconcilers
