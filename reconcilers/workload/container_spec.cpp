#include "reconcilers/workload/container_spec.hpp"

#include <algorithm>
#include <charconv>

namespace vectis::reconcilers {
namespace {

constexpr std::int64_t mebibyte = std::int64_t{1024} * 1024;

std::vector<docker::Mount> mounts_of(const DesiredWorkload& desired) {
    std::vector<docker::Mount> mounts;
    if (!desired.files_volume.empty()) {
        mounts.push_back(
            {.source = desired.files_volume,
             .target = desired.spec.files.path,
             .read_only = true,
             .no_copy = true}
        );
    }
    if (!desired.live_volume.empty()) {
        // Read-write, so that a new folder can be uploaded and swapped in; it belongs to root and
        // services run as others.
        mounts.push_back(
            {.source = desired.live_volume, .target = desired.spec.live.path, .no_copy = true}
        );
    }
    for (const resources::VolumeMount& volume : desired.spec.volumes) {
        mounts.push_back(
            {.source = desired.volumes.at(volume.volume),
             .target = volume.path,
             .read_only = volume.read_only}
        );
    }
    for (const resources::TmpfsMount& tmpfs : desired.spec.tmpfs) {
        docker::Mount mount{.type = docker::Mount::Type::tmpfs, .target = tmpfs.path};
        mount.tmpfs_size_bytes = tmpfs.size_mib * mebibyte;
        std::from_chars(
            tmpfs.mode.data(), tmpfs.mode.data() + tmpfs.mode.size(), mount.tmpfs_mode, 8
        );
        mounts.push_back(std::move(mount));
    }
    return mounts;
}

std::vector<docker::PortBinding> ports_of(const resources::WorkloadSpec& spec) {
    std::vector<docker::PortBinding> ports;
    for (const resources::PublishedPort& port : spec.ports) {
        ports.push_back(
            {static_cast<std::uint16_t>(port.container_port),
             port.host_address,
             static_cast<std::uint16_t>(port.host_port)}
        );
    }
    return ports;
}

docker::Labels container_labels(
    const DesiredWorkload& desired,
    const resources::Object& object,
    const Identity& identity,
    std::int64_t generation
) {
    docker::Labels labels = labels_for(identity, object);
    labels[label::image] = desired.image;
    labels[label::hash_image] = desired.image_id;
    labels[label::hash_spec] = desired.spec_hash;
    labels[label::hash_files] = desired.files_hash;
    labels[label::generation] = std::to_string(generation);
    return labels;
}

}  // namespace

docker::Endpoint endpoint_of(const resources::NetworkAttachment& attachment) {
    docker::Endpoint endpoint;
    endpoint.aliases = attachment.aliases;
    endpoint.address = attachment.address;
    return endpoint;
}

docker::ContainerSpec container_spec(
    const DesiredWorkload& desired,
    const resources::Object& object,
    const Identity& identity,
    const std::string& name,
    std::int64_t generation
) {
    const resources::WorkloadSpec& spec = desired.spec;
    docker::ContainerSpec out;
    out.name = name;
    out.image = desired.image;
    out.command = spec.command;
    out.user = spec.user;
    out.labels = container_labels(desired, object, identity, generation);
    out.mounts = mounts_of(desired);
    out.ports = ports_of(spec);
    for (const resources::NetworkAttachment& attachment : spec.networks)
        out.networks[desired.networks.at(attachment.network)] = endpoint_of(attachment);
    out.cap_drop = {"ALL"};
    out.cap_add = spec.capabilities;
    out.security_options = {"no-new-privileges"};
    out.dns = spec.dns.servers;
    out.dns_options = spec.dns.options;
    if (out.dns_options.empty()) out.dns_options = {"ndots:1"};
    for (const auto& [host, address] : spec.extra_hosts)
        out.extra_hosts.push_back(host + ':' + address);
    out.read_only_root = true;
    out.restart_policy = docker::RestartPolicy::no;
    out.memory_bytes = spec.limits.memory_mib * mebibyte;
    out.nano_cpus = spec.limits.cpu_milli * 1'000'000;
    out.pids_limit = spec.limits.pids;
    out.stop_signal = spec.stop_signal;
    // Without a declared one, the signal of a reload would switch the restart policy off until the
    // next start.
    if (out.stop_signal.empty() && !spec.live.reload_signal.empty()) out.stop_signal = "SIGTERM";
    out.stop_timeout = std::chrono::seconds(spec.update.stop_grace_seconds);
    // A log without a limit fills the disk. No part of the spec, so that no container is replaced
    // for it.
    out.log = {"json-file", {{"max-file", "3"}, {"max-size", "10m"}}};
    return out;
}

std::int64_t generation_of(const std::string& name) {
    const std::size_t dash = name.rfind('-');
    if (dash == std::string::npos) return 0;
    std::int64_t value = 0;
    const auto [end, error] =
        std::from_chars(name.data() + dash + 1, name.data() + name.size(), value);
    return error == std::errc{} && end == name.data() + name.size() ? value : 0;
}

}  // namespace vectis::reconcilers
