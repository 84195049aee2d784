#pragma once

#include "docker-client/engine.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace vectis::reconcilers {

/// Everything on the engine that carries our installation label.
struct World {
    std::map<std::string, docker::Container> containers{};  ///< by name
    std::map<std::string, docker::Network> networks{};      ///< by name
    std::map<std::string, docker::Volume> volumes{};        ///< by name

    friend bool operator==(const World&, const World&) = default;
};

/// What the engine was last seen to hold. Events only make it look again: their content is never
/// believed. Correct without any event, as long as `refresh` is called now and then. Thread-safe;
/// one refresh at a time.
class WorldCache {
public:
    WorldCache(docker::Engine& engine, docker::Labels labels);

    /// The last picture, taken anew if something was heard since.
    std::shared_ptr<const World> observe(std::stop_token stop);
    /// A new picture: taken after this call began, by this thread or by another one that asked
    /// meanwhile. Containers are inspected if their row in the list changed or they were heard of.
    std::shared_ptr<const World> refresh(std::stop_token stop);
    /// As `refresh`, but inspects everything; true if it differs from what was believed although
    /// nothing was heard.
    bool resync(std::stop_token stop);
    /// Something happened to this container (id or name), or to anything if empty.
    void hear(const std::string& container);
    /// The last picture of a container by id, without asking.
    std::optional<docker::Container> recall(const std::string& id) const;

private:
    World take(const World& last, const std::set<std::string>& heard, std::stop_token stop);

    docker::Engine& engine_;
    docker::Labels labels_;
    std::mutex refreshing_;
    mutable std::mutex mutex_;
    std::shared_ptr<const World> world_ = std::make_shared<World>();
    std::map<std::string, docker::ContainerSummary> rows_;
    std::set<std::string> heard_;
    bool is_stale_ = true;
    bool is_full_due_ = false;  ///< the next picture inspects everything
    std::uint64_t begun_ = 0;   ///< pictures that were begun
    std::uint64_t shown_ = 0;   ///< number of the one that `world_` is
};

}  // namespace vectis::reconcilers
