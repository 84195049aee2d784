#pragma once

#include "docker-client/error.hpp"
#include "docker-client/types.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::docker {

/// What every call carries. A stream (`events`, followed `logs`) ignores the deadline and ends with
/// the stop token.
struct Call {
    std::chrono::milliseconds deadline = std::chrono::seconds(30);
    std::stop_token stop{};
    std::string node = "local";
};

/// Whether a verb did something or found it done.
enum class Effect { changed, unchanged };

struct ListContainers {
    Labels labels{};  ///< all must match; an empty value matches any value of that label
};

/// All that the lists show of what carries the labels.
struct Listing {
    std::vector<ContainerSummary> containers{};
    std::vector<Network> networks{};
    std::vector<Volume> volumes{};
};

using ProgressSink = std::function<void(const Progress&)>;
using LogSink = std::function<void(StreamKind, std::string_view bytes)>;
using EventSink = std::function<void(const Event&)>;

/// A Docker Engine: blocking verbs that can be repeated without harm.
///
/// Contract for all implementations (the contract suite states it in tests):
/// - every call ends within its deadline or when its stop token is set, with an EngineError;
/// - "no" is a Refusal, "could not ask" an EngineError; its outcome says whether something may have
/// happened;
/// - starting what runs, stopping what is stopped and removing what is gone is `Effect::unchanged`;
/// - `id` is a container's id or name; names are given without a leading slash;
/// - lists are sorted by name.
/// Implementations may be called from several threads at once.
class Engine {
public:
    Engine() = default;
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    virtual ~Engine() = default;

    virtual EngineVersion version(const Call& call) = 0;

    /// The three lists, which are not of one moment.
    virtual Listing list(const Labels& labels, const Call& call) {
        return {
            list_containers({labels}, call), list_networks(labels, call), list_volumes(labels, call)
        };
    }

    virtual std::vector<ContainerSummary> list_containers(
        const ListContainers& filter, const Call& call
    ) = 0;
    virtual std::optional<Container> inspect_container(const std::string& id, const Call& call) = 0;
    /// Returns the id. Ports are not checked here: a clash shows at start.
    virtual Result<std::string> create_container(const ContainerSpec& spec, const Call& call) = 0;
    virtual Result<Effect> start_container(const std::string& id, const Call& call) = 0;
    /// `grace` empty: the container's own stop time-out.
    virtual Result<Effect> stop_container(
        const std::string& id, std::optional<std::chrono::seconds> grace, const Call& call
    ) = 0;
    virtual Result<Effect> kill_container(
        const std::string& id, const std::string& signal, const Call& call
    ) = 0;
    virtual Result<Effect> unpause_container(const std::string& id, const Call& call) = 0;
    /// Kills a running container first. Anonymous volumes go with it.
    virtual Result<Effect> remove_container(const std::string& id, const Call& call) = 0;
    virtual Result<Effect> set_restart_policy(
        const std::string& id, RestartPolicy policy, const Call& call
    ) = 0;

    virtual std::vector<Network> list_networks(const Labels& labels, const Call& call) = 0;
    virtual std::optional<Network> inspect_network(const std::string& name, const Call& call) = 0;
    /// Refused as a conflict if a network of that name exists, on every engine version.
    virtual Result<std::string> create_network(const NetworkSpec& spec, const Call& call) = 0;
    virtual Result<Effect> remove_network(const std::string& id, const Call& call) = 0;
    virtual Result<Effect> connect_network(
        const std::string& network,
        const std::string& container,
        const Endpoint& endpoint,
        const Call& call
    ) = 0;
    virtual Result<Effect> disconnect_network(
        const std::string& network, const std::string& container, const Call& call
    ) = 0;

    virtual std::vector<Volume> list_volumes(const Labels& labels, const Call& call) = 0;
    virtual std::optional<Volume> inspect_volume(const std::string& name, const Call& call) = 0;
    /// An existing volume of that name is returned as it is, with its own labels: compare them.
    virtual Result<Volume> create_volume(const VolumeSpec& spec, const Call& call) = 0;
    virtual Result<Effect> remove_volume(const std::string& name, const Call& call) = 0;

    virtual std::optional<Image> inspect_image(const std::string& reference, const Call& call) = 0;
    virtual std::vector<Image> list_images(const Labels& labels, const Call& call) = 0;
    virtual Result<Effect> pull_image(
        const std::string& reference, const ProgressSink& sink, const Call& call
    ) = 0;
    /// Returns the id of the image.
    virtual Result<std::string> build_image(
        const BuildSpec& spec, const ProgressSink& sink, const Call& call
    ) = 0;
    /// `path`: a tar of a root file system on this machine.
    virtual Result<std::string> import_image(
        const std::string& path, const std::string& tag, const Call& call
    ) = 0;
    virtual Result<Effect> remove_image(const std::string& reference, const Call& call) = 0;

    /// Unpacks `tar` below `path`, which must be in a read-write volume of the container (running
    /// or never started).
    virtual Result<Effect> upload_archive(
        const std::string& id, const std::string& path, const std::string& tar, const Call& call
    ) = 0;
    /// Waits for the end of the command. Arguments are visible in the engine's events: no secrets.
    virtual Result<ExecResult> exec(
        const std::string& id, const ExecSpec& spec, const Call& call
    ) = 0;
    virtual Result<Effect> logs(
        const std::string& id, const LogOptions& options, const LogSink& sink, const Call& call
    ) = 0;
    /// Blocks until the stop token is set (returns) or the stream breaks (throws EngineError). One
    /// connection, no retry: the caller resumes with `since` = the last time seen, and lists again,
    /// for events can be lost.
    virtual void events(std::optional<Time> since, const EventSink& sink, const Call& call) = 0;
};

}  // namespace vectis::docker
