#pragma once

#include "controller/lease.hpp"
#include "docker-client/engine.hpp"

#include <string>
#include <vector>

namespace vectis::reconcilers {

/// An engine whose effects need the lease: a controller that has lost it to another one does
/// nothing more, whatever it was in the middle of. Throws docker::EngineError (not sent) then.
/// Looking is free.
class LeasedEngine final : public docker::Engine {
public:
    LeasedEngine(docker::Engine& engine, const controller::Lease& lease)
        : engine_(engine), lease_(lease) {}

    docker::EngineVersion version(const docker::Call& call) override {
        return engine_.version(call);
    }
    docker::Listing list(const docker::Labels& labels, const docker::Call& call) override {
        return engine_.list(labels, call);
    }
    std::vector<docker::ContainerSummary> list_containers(
        const docker::ListContainers& filter, const docker::Call& call
    ) override {
        return engine_.list_containers(filter, call);
    }
    std::optional<docker::Container> inspect_container(
        const std::string& id, const docker::Call& call
    ) override {
        return engine_.inspect_container(id, call);
    }
    docker::Result<std::string> create_container(
        const docker::ContainerSpec& spec, const docker::Call& call
    ) override;
    docker::Result<docker::Effect> start_container(const std::string& id, const docker::Call& call)
        override;
    docker::Result<docker::Effect> stop_container(
        const std::string& id, std::optional<std::chrono::seconds> grace, const docker::Call& call
    ) override;
    docker::Result<docker::Effect> kill_container(
        const std::string& id, const std::string& signal, const docker::Call& call
    ) override;
    docker::Result<docker::Effect> unpause_container(
        const std::string& id, const docker::Call& call
    ) override;
    docker::Result<docker::Effect> remove_container(const std::string& id, const docker::Call& call)
        override;
    docker::Result<docker::Effect> set_restart_policy(
        const std::string& id, docker::RestartPolicy policy, const docker::Call& call
    ) override;
    std::vector<docker::Network> list_networks(
        const docker::Labels& labels, const docker::Call& call
    ) override {
        return engine_.list_networks(labels, call);
    }
    std::optional<docker::Network> inspect_network(
        const std::string& name, const docker::Call& call
    ) override {
        return engine_.inspect_network(name, call);
    }
    docker::Result<std::string> create_network(
        const docker::NetworkSpec& spec, const docker::Call& call
    ) override;
    docker::Result<docker::Effect> remove_network(const std::string& id, const docker::Call& call)
        override;
    docker::Result<docker::Effect> connect_network(
        const std::string& network,
        const std::string& container,
        const docker::Endpoint& endpoint,
        const docker::Call& call
    ) override;
    docker::Result<docker::Effect> disconnect_network(
        const std::string& network, const std::string& container, const docker::Call& call
    ) override;
    std::vector<docker::Volume> list_volumes(const docker::Labels& labels, const docker::Call& call)
        override {
        return engine_.list_volumes(labels, call);
    }
    std::optional<docker::Volume> inspect_volume(const std::string& name, const docker::Call& call)
        override {
        return engine_.inspect_volume(name, call);
    }
    docker::Result<docker::Volume> create_volume(
        const docker::VolumeSpec& spec, const docker::Call& call
    ) override;
    docker::Result<docker::Effect> remove_volume(const std::string& name, const docker::Call& call)
        override;
    std::optional<docker::Image> inspect_image(
        const std::string& reference, const docker::Call& call
    ) override {
        return engine_.inspect_image(reference, call);
    }
    std::vector<docker::Image> list_images(const docker::Labels& labels, const docker::Call& call)
        override {
        return engine_.list_images(labels, call);
    }
    docker::Result<docker::Effect> pull_image(
        const std::string& reference, const docker::ProgressSink& sink, const docker::Call& call
    ) override;
    docker::Result<std::string> build_image(
        const docker::BuildSpec& spec, const docker::ProgressSink& sink, const docker::Call& call
    ) override;
    docker::Result<std::string> import_image(
        const std::string& path, const std::string& tag, const docker::Call& call
    ) override;
    docker::Result<docker::Effect> remove_image(
        const std::string& reference, const docker::Call& call
    ) override;
    docker::Result<docker::Effect> upload_archive(
        const std::string& id,
        const std::string& path,
        const std::string& tar,
        const docker::Call& call
    ) override;
    docker::Result<docker::ExecResult> exec(
        const std::string& id, const docker::ExecSpec& spec, const docker::Call& call
    ) override;
    docker::Result<docker::Effect> logs(
        const std::string& id,
        const docker::LogOptions& options,
        const docker::LogSink& sink,
        const docker::Call& call
    ) override {
        return engine_.logs(id, options, sink, call);
    }
    void events(
        std::optional<docker::Time> since, const docker::EventSink& sink, const docker::Call& call
    ) override {
        return engine_.events(since, sink, call);
    }

private:
    void check(const char* verb) const;

    docker::Engine& engine_;
    const controller::Lease& lease_;
};

}  // namespace vectis::reconcilers
