#include "reconcilers/workload/workload_executor.hpp"

#include "controller/log.hpp"
#include "docker-client/tar.hpp"
#include "reconcilers/core/announce.hpp"
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

/// What is not as it was left, in one word; null if the action is no repair.
const char* drift_of(const WorkloadAction& action, const WorkloadProgress& progress) {
    const bool has_served = !progress.stable_revision.empty();
    switch (action.verb) {
        case WorkloadVerb::start:
            return action.detail == counted_restart ? "stopped" : nullptr;
        case WorkloadVerb::restart:
            return "unhealthy";
        case WorkloadVerb::unpause:
            return "paused";
        case WorkloadVerb::connect:
        case WorkloadVerb::reconnect:
            return has_served ? "disconnected" : nullptr;
        case WorkloadVerb::create_container:
            return has_served && action.cause == no_container ? "missing" : nullptr;
        default:
            return nullptr;
    }
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
    announce(seams_.trace, resources::key_of(subject_.object), to_text(action), action.cause);
    act(action, call_with(seconds(60), std::move(stop)));
    note(action);
    return {JobState::succeeded, {}};
}

void WorkloadExecutor::act(const WorkloadAction& action, const Call& call) {
    docker::Engine& engine = seams_.engine;
    const seconds grace{subject_.desired.spec.update.stop_grace_seconds};
    const Call patient = call_with(grace + seconds(30), call.stop);
    switch (action.verb) {
        case WorkloadVerb::ensure_image:
            return;  // a job, which `perform` sees to
        case WorkloadVerb::create_volume:
            return create_volume(action, call);
        case WorkloadVerb::fill_files:
            return fill_files(action, call);
        case WorkloadVerb::fill_live:
            return fill_live(action, call);
        case WorkloadVerb::swap_live:
            return swap_live(action, call);
        case WorkloadVerb::create_container:
            return create_container(action, call);
        case WorkloadVerb::quarantine:
            return quarantine(action);
        case WorkloadVerb::connect:
        case WorkloadVerb::reconnect:
            return connect(action, call);
        case WorkloadVerb::record_stable:
            progress_.stable_revision = action.detail;
            return save_(progress_);
        case WorkloadVerb::set_restart_no:
            return set_policy(action, docker::RestartPolicy::no, call);
        case WorkloadVerb::set_restart_unless_stopped:
            return set_policy(action, docker::RestartPolicy::unless_stopped, call);
        case WorkloadVerb::stop:
            accept(action, engine.stop_container(id_of(action.target), grace, patient));
            return;
        case WorkloadVerb::start:
            count_restart(action);
            return start(action, call);
        case WorkloadVerb::restart:
            count_restart(action);
            accept(action, engine.stop_container(id_of(action.target), grace, patient));
            return start(action, patient);
        case WorkloadVerb::unpause:
            accept(action, engine.unpause_container(id_of(action.target), call));
            return;
        case WorkloadVerb::remove_container:
            accept(action, engine.remove_container(id_of(action.target), call));
            return;
        case WorkloadVerb::remove_volume:
            return remove_volume(action, call);
    }
}

/// Repairs are counted by what was wrong; a change that was declared is none.
void WorkloadExecutor::note(const WorkloadAction& action) {
    if (action.verb == WorkloadVerb::quarantine) return count_rollback(seams_, "Workload");
    const char* drift = drift_of(action, progress_);
    if (drift == nullptr) return;
    count_drift(seams_, "Workload", drift);
    progress_.repaired = to_text(action) + ": " + action.cause;
    progress_.repaired_at = seams_.clock.now();
}

/// Looked at again and again while it runs, but one action.
JobStatus WorkloadExecutor::ensure_image(const WorkloadAction& action) {
    JobStatus status =
        images_.ensure(subject_.desired.spec.image, resources::key_of(subject_.object));
    if (status.is_new)
        announce(seams_.trace, resources::key_of(subject_.object), to_text(action), action.cause);
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
    remove_old_live(action, call);
    progress_.live_hash = hash;
    save_(progress_);
}

/// The keys of an earlier certificate are nobody's business any more.
void WorkloadExecutor::remove_old_live(const WorkloadAction& action, const Call& call) {
    const std::string& path = subject_.desired.spec.live.path;
    std::vector<std::string> command{"find", path, "-mindepth", "1", "-maxdepth", "1"};
    for (const std::string& kept : {std::string("current"), subject_.desired.live_hash})
        command.insert(command.end(), {"!", "-name", kept});
    command.insert(command.end(), {"-exec", "rm", "-rf", "{}", "+"});
    run(action, command, call);
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
    const std::string& network = subject_.desired.networks.at(action.network.network);
    const std::string id = id_of(action.target);
    if (action.verb == WorkloadVerb::reconnect)
        accept(action, seams_.engine.disconnect_network(network, id, call));
    accept(action, seams_.engine.connect_network(network, id, endpoint_of(action.network), call));
}

void WorkloadExecutor::set_policy(
    const WorkloadAction& action, docker::RestartPolicy policy, const Call& call
) {
    accept(action, seams_.engine.set_restart_policy(id_of(action.target), policy, call));
}

void WorkloadExecutor::start(const WorkloadAction& action, const Call& call) {
    const docker::Result<Effect> started =
        seams_.engine.start_container(id_of(action.target), call);
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
