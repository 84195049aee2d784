#pragma once

#include "docker-client/engine.hpp"
#include "reconcilers/core/identity.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace vectis::reconcilers {

/// What the engine's lists show of everything that carries our installation label.
struct World {
    std::map<std::string, docker::ContainerSummary> containers{};  ///< by id
    std::map<std::string, docker::Network> networks{};             ///< by name
    std::map<std::string, docker::Volume> volumes{};               ///< by name

    friend bool operator==(const World&, const World&) = default;
};

/// What the engine was last seen to hold. Events only make it look again: their content is never
/// believed. Correct without any event, as long as `resync` is called now and then. Thread-safe;
/// the lists are taken by one thread at a time. A container is inspected only by who needs it: the
/// engine answers for one that is being started only when it is.
class WorldCache {
public:
    WorldCache(docker::Engine& engine, Identity identity);

    /// The last picture, taken anew if something was heard since.
    std::shared_ptr<const World> observe(std::stop_token stop);
    /// A new picture: taken after this call began, by this thread or by another one that asked
    /// meanwhile.
    std::shared_ptr<const World> refresh(std::stop_token stop);
    /// The containers in `world` that stand for the object. They are inspected if their row in the
    /// list changed or they were heard of.
    std::vector<docker::Container> containers_of(
        const World& world, const resources::ObjectKey& key, std::stop_token stop
    );
    /// Takes a new picture and inspects the next of `shares` equal shares of the containers, in
    /// turn; true if something differs from what was believed although nothing was heard.
    bool resync(std::size_t shares, std::stop_token stop);
    /// Something happened to this container (id or name), or to anything if empty.
    void hear(const std::string& container);
    /// The last row of a container, by id or name, without asking.
    std::optional<docker::ContainerSummary> recall(const std::string& container) const;

private:
    struct Inspected {
        docker::ContainerSummary row{};  ///< as it was before
        docker::Container container{};
    };

    World take(const std::stop_token& stop);
    void note_heard(const World& fresh, const std::set<std::string>& heard);
    std::optional<docker::Container> known(const docker::ContainerSummary& row) const;
    std::optional<docker::Container> inspect(
        const docker::ContainerSummary& row, const std::stop_token& stop
    );
    std::vector<docker::ContainerSummary> next_share(const World& world, std::size_t shares);

    docker::Engine& engine_;
    Identity identity_;
    std::mutex refreshing_;
    mutable std::mutex mutex_;
    std::shared_ptr<const World> world_ = std::make_shared<World>();
    std::map<std::string, Inspected> inspected_;  ///< by id
    std::set<std::string> heard_;                 ///< ids and names, since the last picture
    std::set<std::string> due_;                   ///< ids to inspect whatever their row shows
    std::map<std::string, std::uint64_t> asked_;  ///< by id: the inspection that began last
    std::uint64_t inspections_ = 0;
    std::string last_resynced_;  ///< the id that ended the last share
    bool is_stale_ = true;
    std::uint64_t begun_ = 0;  ///< pictures that were begun
    std::uint64_t shown_ = 0;  ///< number of the one that `world_` is
};

}  // namespace vectis::reconcilers
