#pragma once

#include "docker-client/engine.hpp"
#include "docker-client/model/model_state.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::docker {

struct ModelOptions {
    std::string api_version = "1.45";  ///< "1.41" makes create connect the networks one by one
    std::string engine_version = "26.1.5";
    std::uint16_t first_free_port = 49153;  ///< the first host port given for "any"
};

/// Engines below API 1.44 take one network at create, and differ in more.
bool is_modern(const std::string& api_version);

/// The rules of a Docker daemon on a ModelState: single-threaded, no clock of its own, no faults.
/// ModelEngine puts locking, faults and the Engine interface around it.
class ModelDaemon {
public:
    explicit ModelDaemon(const ModelOptions& options);

    /// Moves time on and lets programs exit and restart that were due meanwhile.
    void advance(Time now);
    /// When `advance` will next change something by itself.
    std::optional<Time> next_change() const;
    /// What happened since the last call, oldest first.
    std::vector<Event> take_events();

    ModelState& state() { return state_; }
    const ModelState& state() const { return state_; }

    std::vector<ContainerSummary> list_containers(const Labels& labels) const;
    std::optional<Container> inspect_container(const std::string& id) const;
    Result<std::string> create_container(const ContainerSpec& spec);
    Result<Effect> start_container(const std::string& id);
    Result<Effect> stop_container(const std::string& id);
    Result<Effect> kill_container(const std::string& id, const std::string& signal);
    Result<Effect> pause_container(const std::string& id);
    Result<Effect> unpause_container(const std::string& id);
    Result<Effect> remove_container(const std::string& id);
    Result<Effect> set_restart_policy(const std::string& id, RestartPolicy policy);
    bool is_serving(const std::string& id) const;
    /// The program ends by itself: the restart policy decides what follows. False if it does not
    /// run.
    bool crash(const std::string& id, std::int64_t exit_code);
    /// The daemon dies with all containers and comes back.
    void restart();

    std::vector<Network> list_networks(const Labels& labels) const;
    std::optional<Network> inspect_network(const std::string& name) const;
    Result<std::string> create_network(const NetworkSpec& spec);
    Result<Effect> remove_network(const std::string& id);
    Result<Effect> connect_network(
        const std::string& network, const std::string& container, const Endpoint& endpoint
    );
    Result<Effect> disconnect_network(const std::string& network, const std::string& container);

    std::vector<Volume> list_volumes(const Labels& labels) const;
    std::optional<Volume> inspect_volume(const std::string& name) const;
    Result<Volume> create_volume(const VolumeSpec& spec);
    Result<Effect> remove_volume(const std::string& name);
    Result<Effect> upload_archive(
        const std::string& id, const std::string& path, const std::string& tar
    );

    std::optional<Image> inspect_image(const std::string& reference) const;
    std::vector<Image> list_images(const Labels& labels) const;
    void add_image(Image image);
    Result<Effect> pull_image(const std::string& reference);
    Result<std::string> build_image(const BuildSpec& spec);
    Result<std::string> import_image(const std::string& content, const std::string& tag);
    Result<Effect> remove_image(const std::string& reference);

    /// Whether `exec` is possible at all.
    Result<Container> exec_target(const std::string& id) const;
    /// `mv -T`, `ln -sfn`, `rm -rf`, `mkdir -p` on modelled files; anything else succeeds without
    /// output.
    ExecResult run_builtin(const std::string& id, const ExecSpec& spec);

private:
    /// A path inside a container, resolved to the map that holds it.
    struct Location {
        StoredEntries* entries =
            nullptr;         ///< null: a tmpfs or bind mount, whose content nobody sees
        std::string path{};  ///< below the root of that map
        bool read_only = false;
        bool content_known = true;
    };

    StoredContainer* find_container(const std::string& id);
    const StoredContainer* find_container(const std::string& id) const;
    StoredNetwork* find_network(const std::string& name_or_id);
    const StoredNetwork* find_network(const std::string& name_or_id) const;
    const Image* find_image(const std::string& reference) const;
    const Behaviour& behaviour_of(const Container& container) const;
    Location locate(StoredContainer& container, const std::string& path);
    ExecResult move_entry(
        StoredContainer& container, const std::string& from, const std::string& to
    );
    ExecResult link_entry(
        StoredContainer& container, const std::string& target, const std::string& link
    );
    ExecResult remove_entries(StoredContainer& container, const std::vector<std::string>& paths);
    ExecResult make_folders(StoredContainer& container, const std::vector<std::string>& paths);

    std::string new_id();
    void emit(std::string type, std::string action, std::string id, Labels attributes = {});
    void emit(std::string action, const Container& container, Labels extra = {});
    void set_due(StoredContainer& container, std::optional<Time> due);
    std::optional<Refusal> check_spec(const ContainerSpec& spec) const;
    std::vector<Mount> prepare_mounts(const std::vector<Mount>& asked);
    std::optional<Refusal> run(StoredContainer& container);
    std::optional<Refusal> attach_networks(StoredContainer& container);
    std::optional<Refusal> attach(
        StoredContainer& container, const std::string& name, Endpoint& endpoint
    );
    std::optional<Refusal> publish_ports(StoredContainer& container);
    bool port_is_taken(const PortBinding& port, const std::string& except_id) const;
    void detach_all(StoredContainer& container);
    void die(StoredContainer& container, std::int64_t exit_code);
    void end_program(StoredContainer& container, std::int64_t exit_code);
    bool restarts(const StoredContainer& container) const;
    std::optional<std::string> free_address(const StoredNetwork& network) const;
    std::string next_subnet();
    std::optional<Refusal> check_address(const StoredNetwork& network, const std::string& address)
        const;
    bool can_publish(const Container& shown) const;

    ModelState state_{};
    Time now_{};
    Time last_event_{};
    std::uint16_t first_free_port_;
    bool modern_;  ///< as engines of API 1.44 and later
    std::vector<Event> emitted_{};
};

}  // namespace vectis::docker
