#include "reconcilers/workload/workload_executor.hpp"

#include "controller/log.hpp"
#include "docker-client/tar.hpp"
#include "reconcilers/workload/container_spec.hpp"
#include "reconcilers/workload/port_conflict.hpp"

#include <algorithm>
#include <utility>

namespace vectis::reconcilers {
namespace {

using docker::Call;
using docker::Effect;
using std::chrono::seconds;

constexpr const char* purpose_label = "vectis.dev/purpose";

/// Turns a refusal into the exception that the reconciler reports.
template <class T>
T accept(const WorkloadAction& action, docker::Result<T> result) {
    if (!result) throw ActionRefused(to_text(action), result.error());
    return std::move(*result);
}

docker::TarEntry link_to(const std::string& path, const std::string& target) {
    return {.path = path, .type = docker::TarEntry::Type::link, .content = target, .mode = 0777};
}

docker::TarEntry folder_at(const std::string& path) {
    return {.path = path, .type = docker::TarEntry::Type::folder, .content = {}, .mode = 0755};
}

std::vector<docker::TarEntry> below(
    const std::string& folder, const std::vector<docker::TarEntry>& entries
) {
    std::vector<docker::TarEntry> out{folder_at(folder)};
    for (docker::TarEntry entry : entries) {
        entry.path = folder + '/' + entry.path;
        out.push_back(std::move(entry));
    }
    return out;
}

Call call_with(std::chrono::milliseconds deadline, std::stop_token stop) {
    return {.deadline = deadline, .stop = std::move(stop), .node = "local"};
}

const ObservedContainer* find(const ObservedWorkload& observed, const std::string& name) {
    for (const ObservedContainer& container : observed.containers) {
        if (container.container.name == name) return &container;
    }
    return nullptr;
}

}  // namespace

WorkloadExecutor::WorkloadExecutor(
    Seams& seams, Images& images, const Subject& subject, WorkloadProgress& progress, Save save
)
    : seams_(seams),
      images_(images),
      subject_(subject),
      progress_(progress),
      save_(std::move(save)) {}

JobStatus WorkloadExecutor::perform(const WorkloadAction& action, std::stop_token stop) {
    if (action.verb == WorkloadVerb::ensure_image) return ensure_image(action);
    announce(action);
    const Call call = call_with(seconds(60), stop);
    switch (action.verb) {
        case WorkloadVerb::create_volume:
            create_volume(action, call);
            break;
        case WorkloadVerb::fill_files:
            fill_files(action, call);
            break;
        case WorkloadVerb::fill_live:
            fill_live(action, call);
            break;
        case WorkloadVerb::swap_live:
            swap_live(action, call);
            break;
        case WorkloadVerb::create_container:
            create_container(action, call);
            break;
        case WorkloadVerb::quarantine:
            quarantine(action);
            break;
        case WorkloadVerb::connect:
        case WorkloadVerb::reconnect:
            connect(action, call);
            break;
        case WorkloadVerb::remove_volume:
            remove_volume(action, call);
            break;
        case WorkloadVerb::record_stable:
            progress_.stable_revision = action.detail;
            save_(progress_);
            break;
        default:
            act_on_container(action, call);
            break;
    }
    return {JobState::succeeded, {}};
}

void WorkloadExecutor::announce(const WorkloadAction& action) const {
    const resources::ObjectKey key = resources::key_of(subject_.object);
    if (seams_.trace) seams_.trace({key, to_text(action), action.cause});
    controller::log::info(
        "action",
        {{"object", resources::to_text(key)}, {"action", to_text(action)}, {"cause", action.cause}}
    );
}

/// Looked at again and again while it runs, but one action.
JobStatus WorkloadExecutor::ensure_image(const WorkloadAction& action) {
    JobStatus status =
        images_.ensure(subject_.desired.spec.image, resources::key_of(subject_.object));
    if (status.is_new) announce(action);
    return status;
}

void WorkloadExecutor::create_volume(const WorkloadAction& action, const Call& call) {
    docker::VolumeSpec spec{
        action.target, labels_for_volume(seams_.identity, subject_.object, seams_.random.text(16))
    };
    spec.labels[purpose_label] = "files";
    const docker::Volume volume = accept(action, seams_.engine.create_volume(spec, call));
    if (!stands_for(volume.labels, seams_.identity, resources::key_of(subject_.object))) {
        throw ActionRefused(
            to_text(action),
            {docker::RefusalReason::conflict, "a volume of that name exists and is not ours"}
        );
    }
}

/// Uploads through a container that never starts: it mounts the volume read-write where the real
/// one has it read-only.
void WorkloadExecutor::fill(
    const WorkloadAction& action,
    const std::string& path,
    const std::vector<docker::TarEntry>& entries,
    const Call& call
) {
    require_own_volume(action, call);
    docker::ContainerSpec spec;
    spec.name = action.target + "-fill";
    spec.image = subject_.desired.image;
    spec.labels = labels_for(seams_.identity, subject_.object);
    spec.labels[purpose_label] = "fill";
    spec.mounts = {{.source = action.target, .target = path, .no_copy = true}};
    spec.read_only_root = true;
    remove_left_over(action, spec.name, call);
    const std::string id = accept(action, seams_.engine.create_container(spec, call));
    accept(action, seams_.engine.upload_archive(id, path, docker::make_tar(entries), call));
    accept(action, seams_.engine.remove_container(id, call));
    progress_.filled[action.target] = marked(require_own_volume(action, call)).created_at;
}

/// The files hold secrets: a data volume that happens to have this name is not to get them.
docker::Volume WorkloadExecutor::require_own_volume(
    const WorkloadAction& action, const Call& call
) {
    const std::optional<docker::Volume> volume = seams_.engine.inspect_volume(action.target, call);
    if (!volume)
        throw ActionRefused(
            to_text(action), {docker::RefusalReason::not_found, "the volume is gone"}
        );
    if (!stands_for(volume->labels, seams_.identity, resources::key_of(subject_.object)))
        throw ActionRefused(
            to_text(action),
            {docker::RefusalReason::conflict, "the volume is there and stands for something else"}
        );
    return *volume;
}

/// A controller that was killed while it filled a volume left its helper behind.
void WorkloadExecutor::remove_left_over(
    const WorkloadAction& action, const std::string& name, const Call& call
) {
    const std::optional<docker::Container> left = seams_.engine.inspect_container(name, call);
    if (!left) return;
    if (!stands_for(left->labels, seams_.identity, resources::key_of(subject_.object))) {
        throw ActionRefused(
            to_text(action),
            {docker::RefusalReason::conflict,
             "a container named " + name + " exists and is not ours"}
        );
    }
    accept(action, seams_.engine.remove_container(left->id, call));
}

/// What was observed or made under this name: somebody else's container of the same name has
/// another id.
std::string WorkloadExecutor::id_of(const std::string& name) const {
    if (const auto made = made_.find(name); made != made_.end()) return made->second;
    const ObservedContainer* container = find(subject_.observed, name);
    return container == nullptr ? name : container->container.id;
}

void WorkloadExecutor::fill_files(const WorkloadAction& action, const Call& call) {
    fill(action, subject_.desired.spec.files.path, subject_.files.files, call);
    save_(progress_);
}

void WorkloadExecutor::fill_live(const WorkloadAction& action, const Call& call) {
    const std::string& hash = subject_.desired.live_hash;
    std::vector<docker::TarEntry> entries = below(hash, subject_.files.live);
    entries.push_back(link_to("current", hash));
    fill(action, subject_.desired.spec.live.path, entries, call);
    progress_.live_hash = hash;
    save_(progress_);
}

/// New folder beside the old one, checked, then the link is renamed over: readers see the old files
/// or the new, never a mixture.
void WorkloadExecutor::swap_live(const WorkloadAction& action, const Call& call) {
    const std::string& hash = subject_.desired.live_hash;
    const std::string& path = subject_.desired.spec.live.path;
    std::vector<docker::TarEntry> entries = below(hash, subject_.files.live);
    entries.push_back(link_to("next", hash));
    accept(
        action,
        seams_.engine.upload_archive(id_of(action.target), path, docker::make_tar(entries), call)
    );
    std::vector<std::string> check = subject_.desired.spec.live.check;
    for (std::string& word : check) {
        if (const std::size_t place = word.find("{}"); place != std::string::npos)
            word.replace(place, 2, path + '/' + hash);
    }
    if (!check.empty()) run(action, check, call);
    run(action, {"mv", "-T", path + "/next", path + "/current"}, call);
    reload(action, call);
    progress_.live_hash = hash;
    save_(progress_);
}

void WorkloadExecutor::reload(const WorkloadAction& action, const Call& call) {
    const resources::LiveFolder& live = subject_.desired.spec.live;
    if (!live.reload.empty()) run(action, live.reload, call);
    if (!live.reload_signal.empty())
        accept(
            action, seams_.engine.kill_container(id_of(action.target), live.reload_signal, call)
        );
}

void WorkloadExecutor::run(
    const WorkloadAction& action, const std::vector<std::string>& command, const Call& call
) {
    const docker::ExecResult result =
        accept(action, seams_.engine.exec(id_of(action.target), {command, "0:0"}, call));
    if (result.exit_code == 0) return;
    std::string text = result.error_output.empty() ? result.output : result.error_output;
    text = text.substr(0, 500);
    throw ActionRefused(
        to_text(action),
        {docker::RefusalReason::failed,
         command.front() + " exited with code " + std::to_string(result.exit_code) + ": " + text}
    );
}

void WorkloadExecutor::create_container(const WorkloadAction& action, const Call& call) {
    const std::int64_t generation = generation_of(action.target);
    progress_.generation = generation;  // first: a name that somebody else holds is not tried twice
    save_(progress_);
    made_[action.target] = accept(
        action,
        seams_.engine.create_container(
            container_spec(
                subject_.desired, subject_.object, seams_.identity, action.target, generation
            ),
            call
        )
    );
}

void WorkloadExecutor::quarantine(const WorkloadAction& action) {
    const ObservedContainer* container = find(subject_.observed, action.target);
    if (container == nullptr) return;
    progress_.quarantined_revision = revision_of(
        container->image, container->image_hash, container->spec_hash, container->files_hash
    );
    progress_.quarantine_reason = action.detail;
    progress_.quarantine_message = action.cause;
    save_(progress_);
}

void WorkloadExecutor::connect(const WorkloadAction& action, const Call& call) {
    const std::string& network = subject_.desired.networks.at(action.detail);
    for (const resources::NetworkAttachment& attachment : subject_.desired.spec.networks) {
        if (attachment.network != action.detail) continue;
        if (action.verb == WorkloadVerb::reconnect)
            accept(action, seams_.engine.disconnect_network(network, id_of(action.target), call));
        accept(
            action,
            seams_.engine.connect_network(
                network, id_of(action.target), endpoint_of(attachment), call
            )
        );
    }
}

void WorkloadExecutor::act_on_container(const WorkloadAction& action, const Call& call) {
    docker::Engine& engine = seams_.engine;
    const std::string id = id_of(action.target);
    const seconds grace{subject_.desired.spec.update.stop_grace_seconds};
    const Call patient = call_with(grace + seconds(30), call.stop);
    switch (action.verb) {
        case WorkloadVerb::set_restart_no:
            accept(action, engine.set_restart_policy(id, docker::RestartPolicy::no, call));
            break;
        case WorkloadVerb::set_restart_unless_stopped:
            accept(
                action, engine.set_restart_policy(id, docker::RestartPolicy::unless_stopped, call)
            );
            break;
        case WorkloadVerb::stop:
            accept(action, engine.stop_container(id, grace, patient));
            break;
        case WorkloadVerb::start:
            count_restart(action);
            start(action, id, call);
            break;
        case WorkloadVerb::restart:
            restart(action, patient);
            break;
        case WorkloadVerb::unpause:
            accept(action, engine.unpause_container(id, call));
            break;
        case WorkloadVerb::remove_container:
            accept(action, engine.remove_container(id, call));
            break;
        default:
            break;
    }
}

void WorkloadExecutor::restart(const WorkloadAction& action, const Call& call) {
    const std::string id = id_of(action.target);
    count_restart(action);
    accept(
        action,
        seams_.engine.stop_container(
            id, seconds(subject_.desired.spec.update.stop_grace_seconds), call
        )
    );
    start(action, id, call);
}

void WorkloadExecutor::start(
    const WorkloadAction& action, const std::string& id, const Call& call
) {
    const docker::Result<Effect> started = seams_.engine.start_container(id, call);
    if (started) return;
    throw ActionRefused(
        to_text(action), explain_port_conflict(started.error(), subject_.desired.spec, seams_, call)
    );
}

void WorkloadExecutor::remove_volume(const WorkloadAction& action, const Call& call) {
    accept(action, seams_.engine.remove_volume(action.target, call));
    if (progress_.filled.erase(action.target) > 0) save_(progress_);
}

/// Saved before the start, so that a controller that dies over it cannot restart for ever.
void WorkloadExecutor::count_restart(const WorkloadAction& action) {
    if (action.detail != counted_restart) return;
    const controller::Time now = seams_.clock.now();
    progress_.restarts.push_back(now);
    ++progress_.restarts_total;
    try {
        save_(progress_);
    } catch (const controller::StoreError& error) {
        // A full disk must not keep a service down that only needs a start.
        controller::log::warn("a restart is not recorded", {{"why", error.what()}});
    }
}

}  // namespace vectis::reconcilers
