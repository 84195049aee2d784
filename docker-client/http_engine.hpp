#pragma once

#include "docker-client/endpoint.hpp"
#include "docker-client/engine.hpp"
#include "docker-client/limit.hpp"
#include "docker-client/transport.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace vectis::docker {

/// A real Docker Engine over its API, version 1.41 (Engine 20.10) to 1.51.
///
/// - The version is negotiated at the first call, and again after a failure.
/// - Below API 1.44 `create_container` connects all networks but the first (by name) with calls of
///   their own. If one of these is refused or fails, the container stays: look at it again.
/// - An engine takes the beginning of an id where no object has that name, so that removing the
///   container "db" could remove db01f3…: such names are looked up first.
/// - 502, 503 and 504 are a proxy's, or an engine's that shuts down: an EngineError, no refusal.
class HttpEngine final : public Engine {
public:
    /// Told of each request that was answered or failed, streams of events excepted: what it was,
    /// as `operation_of` says, and how long it took. From any thread.
    using Observer =
        std::function<void(const std::string& operation, std::chrono::duration<double> took)>;
    explicit HttpEngine(const Location& location, Observer observer = {});

    EngineVersion version(const Call& call) override;
    /// Asks for all three at the same time: most of what one takes is waiting.
    Listing list(const Labels& labels, const Call& call) override;

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
    static Limit limit_of(const Call& call);
    EngineVersion negotiated(const Limit& limit);
    EngineVersion negotiate(const Limit& limit) const;
    void forget_version();

    HttpResponse send(
        HttpRequest request,
        const Limit& limit,
        const BodySink& sink = {},
        Pace pace = Pace::bounded
    );
    HttpResponse post(const std::string& target, const Limit& limit);
    HttpResponse post(
        const std::string& target, const boost::json::object& body, const Limit& limit
    );
    HttpResponse remove(const std::string& target, const Limit& limit);
    /// What stands there, or throws EngineError: a question has no "no".
    boost::json::value ask(const std::string& target, const Limit& limit);
    /// Nothing if it is missing.
    std::optional<boost::json::value> find(const std::string& target, const Limit& limit);

    std::optional<Container> find_container(const std::string& id, const Limit& limit);
    std::optional<Network> find_network(const std::string& name, const Limit& limit);
    std::optional<Image> find_image(const std::string& reference, const Limit& limit);
    /// What to call it, so that the engine takes no other object for it.
    std::string exact_container(const std::string& id, const Limit& limit);
    std::string exact_network(const std::string& name, const Limit& limit);
    std::string container_path(const std::string& id, const Limit& limit);

    Result<Effect> connect(
        const std::string& network,
        const std::string& container,
        const Endpoint& endpoint,
        const Limit& limit
    );
    std::int64_t wait_for_exec(const std::string& exec_id, const Limit& limit);

    HttpResponse observed(
        const HttpRequest& request, const Limit& limit, const BodySink& sink, Pace pace
    ) const;

    Transport transport_;
    Observer observer_;
    std::mutex mutex_;
    std::optional<EngineVersion> version_;
};

}  // namespace vectis::docker
