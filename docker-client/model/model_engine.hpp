#pragma once

#include "docker-client/engine.hpp"
#include "docker-client/model/event_hub.hpp"
#include "docker-client/model/model_daemon.hpp"
#include "docker-client/model/model_state.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::docker {

using ModelTime = std::function<Time()>;

/// What an interceptor makes of a call.
struct Fault {
    enum class Kind {
        none,
        refuse,          ///< the engine says no; a read throws, for it has no way to refuse
        not_sent,        ///< EngineError, certainly without effect
        unknown_before,  ///< EngineError "unknown", without effect
        unknown_after,   ///< EngineError "unknown", with the effect
        late,            ///< EngineError "unknown"; the effect comes with `apply_late`
        stale,           ///< a read is answered from what `remember` kept
    };
    Kind kind = Kind::none;
    RefusalReason reason = RefusalReason::failed;
    std::string message = "injected fault";
};

enum class Access { read, write };

/// Called before each verb, outside of any lock: it may use the engine's foreign operations.
using Interceptor =
    std::function<Fault(std::string_view verb, std::string_view target, Access access)>;
/// Answers a command, or nothing: then the built-in commands apply. Called outside of any lock.
using ExecHandler = std::function<std::optional<ExecResult>(const Container&, const ExecSpec&)>;

/// A Docker daemon in memory: deterministic, it reads no clock but the given one and uses no
/// randomness.
///
/// It reproduces what real engines do (the contract suite compares them), the traps included. It
/// serves the simulation tests, which inject faults and foreign operations, and `vectis plan`,
/// which loads what a real engine showed. All functions may be called from several threads;
/// callbacks never run under the lock.
class ModelEngine final : public Engine {
public:
    explicit ModelEngine(ModelTime time, const ModelOptions& options = {});

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
    /// Two canned lines for each start, one on each stream.
    Result<Effect> logs(
        const std::string& id, const LogOptions& options, const LogSink& sink, const Call& call
    ) override;
    /// With a stop token that is already set it returns after the replay.
    void events(std::optional<Time> since, const EventSink& sink, const Call& call) override;

    // What tests and simulations do to it.
    void set_interceptor(Interceptor interceptor);
    void set_exec_handler(ExecHandler handler);
    void set_behaviour(const std::string& image, const Behaviour& behaviour);
    /// Unreachable: every call throws "not sent", streams break.
    void set_reachable(bool reachable);
    /// An image that is there; an empty id is derived from the reference. Returns the id.
    std::string add_image(
        const std::string& reference, const std::string& id = {}, const Labels& labels = {}
    );
    /// An image that can be pulled.
    std::string offer_image(
        const std::string& reference, const std::string& id = {}, const Labels& labels = {}
    );
    /// From now on every reference can be pulled: nobody knows yet what the registry has.
    void offer_every_image();
    /// A host port that a process outside of Docker holds.
    void occupy_port(std::uint16_t port);
    void release_port(std::uint16_t port);

    // What others do to it behind our back. False or 0: there was nothing to do it to.
    bool crash(const std::string& id, std::int64_t exit_code);
    bool pause(const std::string& id);
    void restart_daemon();
    /// Runs the requests that a `late` fault kept back. Returns how many.
    std::size_t apply_late();

    /// Keeps the present state for reads that are to be answered late.
    void remember();

    /// Runs, is not paused, has all its networks, and its program is ready: what a protocol probe
    /// would find.
    bool is_serving(const std::string& id);
    std::optional<StoredEntries> read_volume(const std::string& name);
    /// As a program does that has the volume mounted. False: there is no such volume.
    bool write_volume(const std::string& name, const std::string& path, const std::string& content);
    /// When something changes next without any call: where a simulated clock should move to.
    std::optional<Time> next_change();
    /// Events since the last call, oldest first; the newest are dropped beyond 1,024, as a real
    /// engine does.
    std::vector<Event> take_events();

    ModelState export_state();
    /// The ring of events is emptied and streams break, as after a restart.
    void import_state(ModelState state);
    /// Replaces containers, networks, volumes and images by what was observed. Contents of volumes
    /// count as unknown.
    void load(
        const std::vector<Container>& containers,
        const std::vector<Network>& networks,
        const std::vector<Volume>& volumes,
        const std::vector<Image>& images
    );
    std::string describe();

private:
    struct Step {
        std::string_view verb{};
        std::string_view target{};
    };

    Fault before(const Step& step, Access access, const Call& call);
    /// Under the lock: lets due programs exit first, then runs `body` on the daemon and publishes
    /// what happened.
    template <class Body>
    auto locked(Body body);
    template <class Body>
    auto read(const Step& step, const Call& call, Body body);
    template <class Body, class... Args>
    auto write(const Step& step, const Call& call, Body body, const Args&... args);
    Result<std::string> create_connected(const ContainerSpec& spec, const Call& call);

    std::mutex mutex_;
    std::condition_variable_any changed_;
    ModelTime time_;
    ModelOptions options_;
    ModelDaemon daemon_;
    EventHub events_;
    std::shared_ptr<const Interceptor> interceptor_;
    std::shared_ptr<const ExecHandler> exec_handler_;
    bool reachable_ = true;
    std::vector<std::function<void(ModelDaemon&)>> late_;
    std::optional<ModelDaemon> remembered_;
};

}  // namespace vectis::docker
