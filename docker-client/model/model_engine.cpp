#include "docker-client/model/model_engine.hpp"

#include "docker-client/model/model_verbs.hpp"

#include <utility>

namespace vectis::docker {
ModelEngine::ModelEngine(ModelTime time, const ModelOptions& options)
    : time_(std::move(time)), options_(options), daemon_(options) {}

Fault ModelEngine::before(const Step& step, Access access, const Call& call) {
    const auto fail = [&](EngineError::Outcome outcome, const std::string& why) {
        throw EngineError(
            outcome, std::string(step.verb) + " '" + std::string(step.target) + "': " + why
        );
    };
    std::shared_ptr<const Interceptor> interceptor;
    {
        const std::lock_guard lock(mutex_);
        if (!reachable_) fail(EngineError::Outcome::not_sent, "the engine does not answer");
        interceptor = interceptor_;
    }
    if (call.stop.stop_requested()) fail(EngineError::Outcome::not_sent, "cancelled");
    if (call.deadline.count() <= 0) fail(EngineError::Outcome::not_sent, "deadline passed");
    if (!interceptor) return {};
    Fault fault = (*interceptor)(step.verb, step.target, access);
    if (fault.kind == Fault::Kind::not_sent) fail(EngineError::Outcome::not_sent, fault.message);
    if (fault.kind == Fault::Kind::unknown_before)
        fail(EngineError::Outcome::unknown, fault.message);
    return fault;
}

EngineVersion ModelEngine::version(const Call& call) {
    before({.verb = "version", .target = {}}, Access::read, call);
    return {.version = options_.engine_version, .api_version = options_.api_version};
}

std::vector<ContainerSummary> ModelEngine::list_containers(
    const ListContainers& filter, const Call& call
) {
    return read({.verb = "list_containers", .target = {}}, call, [&](const ModelDaemon& daemon) {
        return daemon.list_containers(filter.labels);
    });
}

std::optional<Container> ModelEngine::inspect_container(const std::string& id, const Call& call) {
    return read({.verb = "inspect_container", .target = id}, call, [&](const ModelDaemon& daemon) {
        return daemon.inspect_container(id);
    });
}

Result<std::string> ModelEngine::create_container(const ContainerSpec& spec, const Call& call) {
    if (spec.networks.size() > 1 && !is_modern(options_.api_version)) {
        return create_connected(spec, call);
    }
    return write(
        {.verb = "create_container", .target = spec.name},
        call,
        [](ModelDaemon& daemon, const ContainerSpec& asked) {
            return daemon.create_container(asked);
        },
        spec
    );
}

/// Several requests, so that a fault can leave a container that lacks networks.
Result<std::string> ModelEngine::create_connected(const ContainerSpec& spec, const Call& call) {
    ContainerSpec first = spec;
    first.networks.erase(std::next(first.networks.begin()), first.networks.end());
    auto id = create_container(first, call);
    if (!id) return id;
    for (auto it = std::next(spec.networks.begin()); it != spec.networks.end(); ++it) {
        const auto connected = connect_network(it->first, *id, it->second, call);
        if (!connected) return connected.error();
    }
    return id;
}

Result<Effect> ModelEngine::start_container(const std::string& id, const Call& call) {
    return write(
        {.verb = "start_container", .target = id},
        call,
        [](ModelDaemon& daemon, const std::string& which) { return daemon.start_container(which); },
        id
    );
}

Result<Effect> ModelEngine::stop_container(
    const std::string& id, std::optional<std::chrono::seconds> /*grace*/, const Call& call
) {
    return write(
        {.verb = "stop_container", .target = id},
        call,
        [](ModelDaemon& daemon, const std::string& which) { return daemon.stop_container(which); },
        id
    );
}

Result<Effect> ModelEngine::kill_container(
    const std::string& id, const std::string& signal, const Call& call
) {
    return write(
        {.verb = "kill_container", .target = id},
        call,
        [](ModelDaemon& daemon, const std::string& which, const std::string& what) {
            return daemon.kill_container(which, what);
        },
        id,
        signal
    );
}

Result<Effect> ModelEngine::unpause_container(const std::string& id, const Call& call) {
    return write(
        {.verb = "unpause_container", .target = id},
        call,
        [](ModelDaemon& daemon, const std::string& which) {
            return daemon.unpause_container(which);
        },
        id
    );
}

Result<Effect> ModelEngine::remove_container(const std::string& id, const Call& call) {
    return write(
        {.verb = "remove_container", .target = id},
        call,
        [](ModelDaemon& daemon, const std::string& which) {
            return daemon.remove_container(which);
        },
        id
    );
}

Result<Effect> ModelEngine::set_restart_policy(
    const std::string& id, RestartPolicy policy, const Call& call
) {
    return write(
        {.verb = "set_restart_policy", .target = id},
        call,
        [](ModelDaemon& daemon, const std::string& which, const RestartPolicy& asked) {
            return daemon.set_restart_policy(which, asked);
        },
        id,
        policy
    );
}

std::vector<Network> ModelEngine::list_networks(const Labels& labels, const Call& call) {
    return read({.verb = "list_networks", .target = {}}, call, [&](const ModelDaemon& daemon) {
        return daemon.list_networks(labels);
    });
}

std::optional<Network> ModelEngine::inspect_network(const std::string& name, const Call& call) {
    return read({.verb = "inspect_network", .target = name}, call, [&](const ModelDaemon& daemon) {
        return daemon.inspect_network(name);
    });
}

Result<std::string> ModelEngine::create_network(const NetworkSpec& spec, const Call& call) {
    return write(
        {.verb = "create_network", .target = spec.name},
        call,
        [](ModelDaemon& daemon, const NetworkSpec& asked) { return daemon.create_network(asked); },
        spec
    );
}

Result<Effect> ModelEngine::remove_network(const std::string& id, const Call& call) {
    return write(
        {.verb = "remove_network", .target = id},
        call,
        [](ModelDaemon& daemon, const std::string& which) { return daemon.remove_network(which); },
        id
    );
}

Result<Effect> ModelEngine::connect_network(
    const std::string& network,
    const std::string& container,
    const Endpoint& endpoint,
    const Call& call
) {
    return write(
        {.verb = "connect_network", .target = container},
        call,
        [](ModelDaemon& daemon, const std::string& to, const std::string& which, const Endpoint& how
        ) { return daemon.connect_network(to, which, how); },
        network,
        container,
        endpoint
    );
}

Result<Effect> ModelEngine::disconnect_network(
    const std::string& network, const std::string& container, const Call& call
) {
    return write(
        {.verb = "disconnect_network", .target = container},
        call,
        [](ModelDaemon& daemon, const std::string& from, const std::string& which) {
            return daemon.disconnect_network(from, which);
        },
        network,
        container
    );
}

std::vector<Volume> ModelEngine::list_volumes(const Labels& labels, const Call& call) {
    return read({.verb = "list_volumes", .target = {}}, call, [&](const ModelDaemon& daemon) {
        return daemon.list_volumes(labels);
    });
}

std::optional<Volume> ModelEngine::inspect_volume(const std::string& name, const Call& call) {
    return read({.verb = "inspect_volume", .target = name}, call, [&](const ModelDaemon& daemon) {
        return daemon.inspect_volume(name);
    });
}

Result<Volume> ModelEngine::create_volume(const VolumeSpec& spec, const Call& call) {
    return write(
        {.verb = "create_volume", .target = spec.name},
        call,
        [](ModelDaemon& daemon, const VolumeSpec& asked) { return daemon.create_volume(asked); },
        spec
    );
}

Result<Effect> ModelEngine::remove_volume(const std::string& name, const Call& call) {
    return write(
        {.verb = "remove_volume", .target = name},
        call,
        [](ModelDaemon& daemon, const std::string& which) { return daemon.remove_volume(which); },
        name
    );
}

std::optional<Image> ModelEngine::inspect_image(const std::string& reference, const Call& call) {
    return read(
        {.verb = "inspect_image", .target = reference},
        call,
        [&](const ModelDaemon& daemon) { return daemon.inspect_image(reference); }
    );
}

std::vector<Image> ModelEngine::list_images(const Labels& labels, const Call& call) {
    return read({.verb = "list_images", .target = {}}, call, [&](const ModelDaemon& daemon) {
        return daemon.list_images(labels);
    });
}

Result<Effect> ModelEngine::pull_image(
    const std::string& reference, const ProgressSink& sink, const Call& call
) {
    auto result = write(
        {.verb = "pull_image", .target = reference},
        call,
        [](ModelDaemon& daemon, const std::string& which) { return daemon.pull_image(which); },
        reference
    );
    if (sink && result) {
        sink({.status = "Pulling " + reference});
        const std::optional<Image> image =
            locked([&](const ModelDaemon& daemon) { return daemon.inspect_image(reference); });
        if (image) sink({.status = "Digest: " + image->id});
    }
    return result;
}

Result<std::string> ModelEngine::build_image(
    const BuildSpec& spec, const ProgressSink& sink, const Call& call
) {
    auto result = write(
        {.verb = "build_image", .target = spec.tag},
        call,
        [](ModelDaemon& daemon, const BuildSpec& asked) { return daemon.build_image(asked); },
        spec
    );
    if (sink && result) sink({.status = "Successfully built " + *result});
    return result;
}

Result<std::string> ModelEngine::import_image(
    const std::string& path, const std::string& tag, const Call& call
) {
    return write(
        {.verb = "import_image", .target = tag},
        call,
        [](ModelDaemon& daemon, const std::string& from, const std::string& as) {
            return daemon.import_image(from, as);
        },
        path,
        tag
    );
}

Result<Effect> ModelEngine::remove_image(const std::string& reference, const Call& call) {
    return write(
        {.verb = "remove_image", .target = reference},
        call,
        [](ModelDaemon& daemon, const std::string& which) { return daemon.remove_image(which); },
        reference
    );
}

}  // namespace vectis::docker
