#include "docker-client/model/model_text.hpp"
#include "docker-client/model/model_verbs.hpp"

#include <utility>

/// What tests, simulations and `vectis plan` do to the engine from outside of its interface.
namespace vectis::docker {
namespace {

Image make_image(const std::string& reference, const std::string& id, const Labels& labels) {
    Image image{.id = id, .tags = {with_default_tag(reference)}, .labels = labels};
    if (image.id.empty()) image.id = "sha256:" + content_id(image.tags.front());
    return image;
}

StoredContainer restored(const Container& shown) {
    StoredContainer stored{.shown = shown, .asked_ports = shown.ports};
    stored.started_before = shown.started_at != Time{};
    stored.manually_stopped = shown.state == ContainerState::exited;
    return stored;
}

}  // namespace

void ModelEngine::set_interceptor(Interceptor interceptor) {
    const std::lock_guard lock(mutex_);
    interceptor_ =
        interceptor ? std::make_shared<const Interceptor>(std::move(interceptor)) : nullptr;
}

void ModelEngine::set_exec_handler(ExecHandler handler) {
    const std::lock_guard lock(mutex_);
    exec_handler_ = handler ? std::make_shared<const ExecHandler>(std::move(handler)) : nullptr;
}

void ModelEngine::set_behaviour(const std::string& image, const Behaviour& behaviour) {
    const std::lock_guard lock(mutex_);
    daemon_.state().behaviours[image] = behaviour;
}

void ModelEngine::set_reachable(bool reachable) {
    const std::lock_guard lock(mutex_);
    reachable_ = reachable;
    if (!reachable) events_.break_streams();
}

std::string ModelEngine::add_image(
    const std::string& reference, const std::string& id, const Labels& labels
) {
    Image image = make_image(reference, id, labels);
    std::string given = image.id;
    const std::lock_guard lock(mutex_);
    daemon_.add_image(std::move(image));
    return given;
}

std::string ModelEngine::offer_image(
    const std::string& reference, const std::string& id, const Labels& labels
) {
    Image image = make_image(reference, id, labels);
    std::string given = image.id;
    const std::lock_guard lock(mutex_);
    daemon_.state().registry[with_default_tag(reference)] = std::move(image);
    return given;
}

void ModelEngine::offer_every_image() {
    const std::lock_guard lock(mutex_);
    daemon_.state().is_registry_whole = true;
}

void ModelEngine::occupy_port(std::uint16_t port) {
    const std::lock_guard lock(mutex_);
    daemon_.state().foreign_ports.insert(port);
}

void ModelEngine::release_port(std::uint16_t port) {
    const std::lock_guard lock(mutex_);
    daemon_.state().foreign_ports.erase(port);
}

bool ModelEngine::crash(const std::string& id, std::int64_t exit_code) {
    return locked([&](ModelDaemon& daemon) { return daemon.crash(id, exit_code); });
}

bool ModelEngine::pause(const std::string& id) {
    return locked([&](ModelDaemon& daemon) {
        const auto paused = daemon.pause_container(id);
        return paused && *paused == Effect::changed;
    });
}

void ModelEngine::restart_daemon() {
    events_.forget();
    locked([](ModelDaemon& daemon) {
        daemon.restart();
        return true;
    });
}

void ModelEngine::remember() {
    const std::lock_guard lock(mutex_);
    remembered_ = daemon_;
}

std::size_t ModelEngine::apply_late() {
    std::vector<std::function<void(ModelDaemon&)>> requests;
    {
        const std::lock_guard lock(mutex_);
        requests = std::exchange(late_, {});
    }
    for (const auto& request : requests) {
        locked([&](ModelDaemon& daemon) {
            request(daemon);
            return true;
        });
    }
    return requests.size();
}

bool ModelEngine::is_serving(const std::string& id) {
    return locked([&](const ModelDaemon& daemon) { return daemon.is_serving(id); });
}

std::optional<StoredEntries> ModelEngine::read_volume(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = daemon_.state().volumes.find(name);
    if (found == daemon_.state().volumes.end()) return std::nullopt;
    return found->second.entries;
}

bool ModelEngine::write_volume(
    const std::string& name, const std::string& path, const std::string& content
) {
    const std::lock_guard lock(mutex_);
    const auto found = daemon_.state().volumes.find(name);
    if (found == daemon_.state().volumes.end()) return false;
    found->second.entries[path] = {.content = content};
    return true;
}

std::optional<Time> ModelEngine::next_change() {
    return locked([](const ModelDaemon& daemon) { return daemon.next_change(); });
}

std::vector<Event> ModelEngine::take_events() {
    // Lets what is due happen first, so that its events are among them.
    locked([](const ModelDaemon&) { return true; });
    return events_.take();
}

ModelState ModelEngine::export_state() {
    return locked([](const ModelDaemon& daemon) { return daemon.state(); });
}

void ModelEngine::import_state(ModelState state) {
    events_.forget();
    const std::lock_guard lock(mutex_);
    daemon_.state() = std::move(state);
}

std::string ModelEngine::describe() {
    return docker::describe(export_state());
}

void ModelEngine::load(
    const std::vector<Container>& containers,
    const std::vector<Network>& networks,
    const std::vector<Volume>& volumes,
    const std::vector<Image>& images
) {
    events_.forget();
    const std::lock_guard lock(mutex_);
    ModelState& state = daemon_.state();
    state.containers.clear();
    state.container_ids.clear();
    state.timers.clear();
    state.volumes.clear();
    state.images.clear();
    // A loaded subnet counts as declared: a container that asks for an address in it is not to fail
    // for lack of knowledge.
    for (const Network& network : networks) {
        Network shown = network;
        shown.containers.clear();
        state.networks[network.name] = {.network = std::move(shown), .fixed_subnet = true};
    }
    std::erase_if(state.networks, [&](const auto& entry) {
        const bool predefined =
            entry.first == "bridge" || entry.first == "host" || entry.first == "none";
        return !predefined &&
               std::none_of(networks.begin(), networks.end(), [&](const Network& network) {
                   return network.name == entry.first;
               });
    });
    for (const Volume& volume : volumes) {
        state.volumes[volume.name] = {.volume = volume, .content_known = false};
    }
    for (const Image& image : images) state.images[image.id] = image;
    for (const Container& container : containers) {
        state.container_ids[container.name] = container.id;
        state.containers.emplace(container.id, restored(container));
    }
}

}  // namespace vectis::docker
