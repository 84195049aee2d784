#include "tests/sim/machine.hpp"

#include "tests/sim/map_program.hpp"

#include <utility>

namespace vectis::sim {

using Place = Effect::Place;
namespace label = reconcilers::label;

namespace {

/// What holds nothing that is not elsewhere too.
bool is_derived(const std::string& volume) {
    return volume.ends_with("-maps");
}

}  // namespace

void WiredDisk::append(const std::string& name, std::string_view bytes) {
    const Verdict verdict = wire_.ask({Place::disk, "append", name, bytes.size()});
    if (verdict.torn_at) {
        disk_.append(name, bytes.substr(0, *verdict.torn_at));
        throw controller::SimulatedCrash{};
    }
    // The room that there is gets used.
    if (wire_.is_full()) disk_.append(name, bytes.substr(0, bytes.size() / 2));
    wire_.require_room(name);
    disk_.append(name, bytes);
}

void WiredDisk::replace(const std::string& name, std::string_view bytes) {
    wire_.ask({Place::disk, "replace", name});
    wire_.require_room(name);
    disk_.replace(name, bytes);
}

void WiredDisk::remove(const std::string& name) {
    wire_.ask({Place::disk, "remove", name});
    disk_.remove(name);
}

void WiredDisk::truncate(const std::string& name, std::size_t size) {
    wire_.ask({Place::disk, "truncate", name});
    disk_.truncate(name, size);
}

void WiredSecrets::put(const std::string& name, const Values& values) {
    for (const auto& [key, value] : values) {
        // Names and certificates are there for everybody.
        if (key == "password" || key == "tls.key") confidential_.insert(value);
    }
    wire_.ask({Place::secrets, "put", name});
    wire_.require_room("secrets.yaml");
    secrets_.put(name, values);
}

void WiredSecrets::remove(const std::string& name) {
    wire_.ask({Place::secrets, "remove", name});
    secrets_.remove(name);
}

std::string tail_of(const std::string& trace) {
    constexpr std::size_t size = 6000;
    return trace.size() <= size ? trace : "…" + trace.substr(trace.size() - size);
}

Machine::Machine(std::uint64_t seed) : random(seed) {
    engine.add_image("debian:trixie-slim");
    engine.set_exec_handler([this](
                                const docker::Container& container, const docker::ExecSpec& spec
                            ) { return run_map_program(engine, container, spec); });
    engine.set_interceptor(
        [this](std::string_view verb, std::string_view target, docker::Access access) {
            if (access == docker::Access::read && !wire.hook) return docker::Fault{};
            const bool is_list = verb.starts_with("list_");
            if (access == docker::Access::read && !is_list) return docker::Fault{};
            return wire.ask({is_list ? Effect::Place::list : Effect::Place::engine, verb, target})
                .fault;
        }
    );
}

void Machine::run_programs() {
    docker::Labels data = reconcilers::installation_labels(identity);
    data[label::kind] = "Volume";
    for (const docker::Volume& volume : engine.list_volumes(data, {})) {
        if (is_derived(volume.name)) continue;
        if (!canaries.emplace(volume.name, volume.labels.at(label::mark)).second) continue;
        engine.write_volume(volume.name, canary_path, "alive");
    }
    if (!has_cluster_) make_cluster();
}

/// As initdb does: with the password that is in the file when it runs.
void Machine::make_cluster() {
    docker::Labels labels = reconcilers::installation_labels(identity);
    labels[label::name] = "postgres";
    for (const docker::ContainerSummary& row : engine.list_containers({labels}, {})) {
        if (row.state != docker::ContainerState::running) continue;
        const docker::Container container = engine.inspect_container(row.id, {}).value();
        for (const docker::Mount& mount : container.mounts) {
            const docker::StoredEntries files =
                engine.read_volume(mount.source).value_or(docker::StoredEntries{});
            for (const auto& [path, entry] : files) {
                if (!path.ends_with("superuser-password")) continue;
                postgres.admin.make_cluster(entry.content.substr(0, entry.content.find('\n')));
                has_cluster_ = true;
            }
        }
    }
}

}  // namespace vectis::sim
