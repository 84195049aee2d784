#pragma once

#include "docker-client/types.hpp"
#include "reconcilers/core/identity.hpp"
#include "resources/network/network.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vectis::reconcilers {

/// `rehearse` makes a network of another name with the wanted subnet and removes it again: a subnet
/// that another network has is found out while ours still serves.
enum class NetworkVerb { create, rehearse, disconnect, remove };

struct NetworkAction {
    NetworkVerb verb{};
    std::string target{};     ///< the network
    std::string container{};  ///< to disconnect: its id
    std::string cause{};

    friend bool operator==(const NetworkAction&, const NetworkAction&) = default;
};

std::string to_text(const NetworkAction& action);

struct NetworkPlan {
    std::vector<NetworkAction> actions{};
    bool is_ready = false;
    bool is_stalled = false;
    bool is_gone = false;
    std::string reason{};
    std::string message{};
};

struct DesiredNetwork {
    resources::ObjectKey key{};
    std::string name{};  ///< on the engine
    resources::NetworkSpec spec{};
    bool is_deleted = false;
};

/// The name under which a subnet is tried.
std::string trial_name(const std::string& network);

/// `seen` is whatever has that name, ours or not. `own_containers` are the ids of our containers
/// that are on it. Pure.
NetworkPlan plan_network(
    const DesiredNetwork& desired,
    const std::optional<docker::Network>& seen,
    const Identity& identity,
    const std::vector<std::string>& own_containers
);

}  // namespace vectis::reconcilers
