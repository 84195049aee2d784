#include "reconcilers/core/leased_engine.hpp"

namespace vectis::reconcilers {

void LeasedEngine::check(const char* verb) const {
    if (!lease_.is_held())
        throw docker::EngineError(
            docker::EngineError::Outcome::not_sent,
            std::string(verb) + ": another controller may have this installation now"
        );
}

docker::Result<std::string> LeasedEngine::create_container(
    const docker::ContainerSpec& spec, const docker::Call& call
) {
    check("create container");
    return engine_.create_container(spec, call);
}

docker::Result<docker::Effect> LeasedEngine::start_container(
    const std::string& id, const docker::Call& call
) {
    check("start container");
    return engine_.start_container(id, call);
}

docker::Result<docker::Effect> LeasedEngine::stop_container(
    const std::string& id, std::optional<std::chrono::seconds> grace, const docker::Call& call
) {
    check("stop container");
    return engine_.stop_container(id, grace, call);
}

docker::Result<docker::Effect> LeasedEngine::kill_container(
    const std::string& id, const std::string& signal, const docker::Call& call
) {
    check("kill container");
    return engine_.kill_container(id, signal, call);
}

docker::Result<docker::Effect> LeasedEngine::unpause_container(
    const std::string& id, const docker::Call& call
) {
    check("unpause container");
    return engine_.unpause_container(id, call);
}

docker::Result<docker::Effect> LeasedEngine::remove_container(
    const std::string& id, const docker::Call& call
) {
    check("remove container");
    return engine_.remove_container(id, call);
}

docker::Result<docker::Effect> LeasedEngine::set_restart_policy(
    const std::string& id, docker::RestartPolicy policy, const docker::Call& call
) {
    check("set restart policy");
    return engine_.set_restart_policy(id, policy, call);
}

docker::Result<std::string> LeasedEngine::create_network(
    const docker::NetworkSpec& spec, const docker::Call& call
) {
    check("create network");
    return engine_.create_network(spec, call);
}

docker::Result<docker::Effect> LeasedEngine::remove_network(
    const std::string& id, const docker::Call& call
) {
    check("remove network");
    return engine_.remove_network(id, call);
}

docker::Result<docker::Effect> LeasedEngine::connect_network(
    const std::string& network,
    const std::string& container,
    const docker::Endpoint& endpoint,
    const docker::Call& call
) {
    check("connect network");
    return engine_.connect_network(network, container, endpoint, call);
}

docker::Result<docker::Effect> LeasedEngine::disconnect_network(
    const std::string& network, const std::string& container, const docker::Call& call
) {
    check("disconnect network");
    return engine_.disconnect_network(network, container, call);
}

docker::Result<docker::Volume> LeasedEngine::create_volume(
    const docker::VolumeSpec& spec, const docker::Call& call
) {
    check("create volume");
    return engine_.create_volume(spec, call);
}

docker::Result<docker::Effect> LeasedEngine::remove_volume(
    const std::string& name, const docker::Call& call
) {
    check("remove volume");
    return engine_.remove_volume(name, call);
}

docker::Result<docker::Effect> LeasedEngine::pull_image(
    const std::string& reference, const docker::ProgressSink& sink, const docker::Call& call
) {
    check("pull image");
    return engine_.pull_image(reference, sink, call);
}

docker::Result<std::string> LeasedEngine::build_image(
    const docker::BuildSpec& spec, const docker::ProgressSink& sink, const docker::Call& call
) {
    check("build image");
    return engine_.build_image(spec, sink, call);
}

docker::Result<std::string> LeasedEngine::import_image(
    const std::string& path, const std::string& tag, const docker::Call& call
) {
    check("import image");
    return engine_.import_image(path, tag, call);
}

docker::Result<docker::Effect> LeasedEngine::remove_image(
    const std::string& reference, const docker::Call& call
) {
    check("remove image");
    return engine_.remove_image(reference, call);
}

docker::Result<docker::Effect> LeasedEngine::upload_archive(
    const std::string& id, const std::string& path, const std::string& tar, const docker::Call& call
) {
    check("upload archive");
    return engine_.upload_archive(id, path, tar, call);
}

docker::Result<docker::ExecResult> LeasedEngine::exec(
    const std::string& id, const docker::ExecSpec& spec, const docker::Call& call
) {
    check("exec");
    return engine_.exec(id, spec, call);
}

}  // namespace vectis::reconcilers
