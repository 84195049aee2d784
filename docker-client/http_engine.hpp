#pragma once

#include "docker-client/endpoint.hpp"
#include "docker-client/engine.hpp"
#include "docker-client/transport.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace vectis::docker {

/// A real Docker Engine over its API, version 1.41 (Engine 20.10) to 1.51. The version is
/// negotiated at the first call, and again after a failure. Below 1.44 `create_container` connects
/// all networks but the first by calls of their own; if one of these is refused, the container
/// stays for the caller to see.
class HttpEngine final : public Engine {
public:
    explicit HttpEngine(const Location& location);

    EngineVersion version(const Call& call) override;

    std::vector<ContainerSummary> list_containers(const ListContainers& filter, const Call& call)
        override;
    std::optional<Container> inspect_container(const std::string& id, const Call& call) override;
    Result<std::string> create_container(const ContainerSpec& spec, const Call& call) override;
    Result<Effect> start_container(const std::string& id, const Call& call) override;
    Result<Effect> stop_container(
        const std::string& id, std::optional<std::chrono::seconds> grace, const Call& call
    ) override;
    Result<Effect> kill_container(
        const std::string& id, const std::string& signal, const Call& call
    ) override;
    Result<Effect> unpause_container(const std::string& id, const Call& call) override;
    Result<Effect> remove_container(const std::string& id, const Call& call) override;
    Result<Effect> set_restart_policy(const std::string& id, RestartPolicy policy, const Call& call)
        override;

    std::vector<Network> list_networks(const Labels& labels, const Call& call) override;
    std::optional<Network> inspect_network(const std::string& name, const Call& call) override;
    Result<std::string> create_network(const NetworkSpec& spec, const Call& call) override;
    Result<Effect> remove_network(const std::string& id, const Call& call) override;
    Result<Effect> connect_network(
        const std::string& network,
        const std::string& container,
        const Endpoint& endpoint,
        const Call& call
    ) override;
    Result<Effect> disconnect_network(
        const std::string& network, const std::string& container, const Call& call
    ) override;

    std::vector<Volume> list_volumes(const Labels& labels, const Call& call) override;
    std::optional<Volume> inspect_volume(const std::string& name, const Call& call) override;
    Result<Volume> create_volume(const VolumeSpec& spec, const Call& call) override;
    Result<Effect> remove_volume(const std::string& name, const Call& call) override;

    std::optional<Image> inspect_image(const std::string& reference, const Call& call) override;
    std::vector<Image> list_images(const Labels& labels, const Call& call) override;
    Result<Effect> pull_image(
        const std::string& reference, const ProgressSink& sink, const Call& call
    ) override;
    Result<std::string> build_image(
        const BuildSpec& spec, const ProgressSink& sink, const Call& call
    ) override;
    Result<std::string> import_image(
        const std::string& path, const std::string& tag, const Call& call
    ) override;
    Result<Effect> remove_image(const std::string& reference, const Call& call) override;

    Result<Effect> upload_archive(
        const std::string& id, const std::string& path, const std::string& tar, const Call& call
    ) override;
    Result<ExecResult> exec(const std::string& id, const ExecSpec& spec, const Call& call) override;
    Result<Effect> logs(
        const std::string& id, const LogOptions& options, const LogSink& sink, const Call& call
    ) override;
    void events(std::optional<Time> since, const EventSink& sink, const Call& call) override;

private:
    EngineVersion negotiate(const Call& call);
    HttpResponse send(
        HttpRequest request, const Call& call, const BodySink& sink = {}, Pace pace = Pace::bounded
    );
    HttpResponse get(const std::string& target, const Call& call);
    HttpResponse post(const std::string& target, const boost::json::object& body, const Call& call);
    /// A 2xx or throws EngineError (5xx on a question that has no "no").
    boost::json::value ask(const std::string& target, const Call& call);
    /// Nothing on 404.
    std::optional<boost::json::value> find(const std::string& target, const Call& call);
    bool is_running(const std::string& id, const Call& call);

    Transport transport_;
    std::mutex mutex_;
    std::optional<EngineVersion> version_;
};

}  // namespace vectis::docker
