#include "docker-client/wire.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace vectis::docker::wire {
namespace json = boost::json;
namespace {

json::array texts(const std::vector<std::string>& values) {
    return json::array(values.begin(), values.end());
}

json::object encode_mount(const Mount& mount) {
    json::object out{{"Target", mount.target}, {"ReadOnly", mount.read_only}};
    if (mount.type == Mount::Type::tmpfs) {
        out["Type"] = "tmpfs";
        out["TmpfsOptions"] =
            json::object{{"SizeBytes", mount.tmpfs_size_bytes}, {"Mode", mount.tmpfs_mode}};
        return out;
    }
    out["Type"] = mount.type == Mount::Type::bind ? "bind" : "volume";
    out["Source"] = mount.source;
    if (mount.no_copy && mount.type == Mount::Type::volume)
        out["VolumeOptions"] = json::object{{"NoCopy", true}};
    return out;
}

std::string assignment(const std::string& name, const std::string& value) {
    std::string out = name;
    out += '=';
    out += value;
    return out;
}

std::string port_name(std::uint16_t port) {
    return std::to_string(port) + "/tcp";
}

json::object encode_log_driver(const LogDriver& driver) {
    json::object options;
    for (const auto& [name, value] : driver.options) options[name] = value;
    return {{"Type", driver.type}, {"Config", std::move(options)}};
}

json::object encode_host(const ContainerSpec& spec) {
    json::object host;
    json::array mounts;
    for (const Mount& mount : spec.mounts) mounts.push_back(encode_mount(mount));
    host["Mounts"] = std::move(mounts);
    json::object bindings;
    for (const PortBinding& port : spec.ports) {
        json::value& list = bindings[port_name(port.container_port)];
        if (!list.is_array()) list = json::array{};
        list.as_array().push_back(
            {{"HostIp", port.host_address}, {"HostPort", std::to_string(port.host_port)}}
        );
    }
    host["PortBindings"] = std::move(bindings);
    host["CapDrop"] = texts(spec.cap_drop);
    host["CapAdd"] = texts(spec.cap_add);
    host["SecurityOpt"] = texts(spec.security_options);
    host["Dns"] = texts(spec.dns);
    host["DnsOptions"] = texts(spec.dns_options);
    host["ExtraHosts"] = texts(spec.extra_hosts);
    host["ReadonlyRootfs"] = spec.read_only_root;
    host["RestartPolicy"] = json::object{{"Name", encode_restart_policy(spec.restart_policy)}};
    if (!spec.log.type.empty()) host["LogConfig"] = encode_log_driver(spec.log);
    if (spec.init) host["Init"] = true;
    if (spec.memory_bytes > 0) {
        host["Memory"] = spec.memory_bytes;
        host["MemorySwap"] = spec.memory_bytes;
    }
    if (spec.nano_cpus > 0) host["NanoCpus"] = spec.nano_cpus;
    if (spec.pids_limit > 0) host["PidsLimit"] = spec.pids_limit;
    if (!spec.networks.empty()) host["NetworkMode"] = spec.networks.begin()->first;
    return host;
}

json::object encode_endpoints(const ContainerSpec& spec, bool has_many_endpoints) {
    json::object endpoints;
    for (const auto& [name, endpoint] : spec.networks) {
        endpoints[name] = encode_endpoint(endpoint);
        if (!has_many_endpoints) break;
    }
    return {{"EndpointsConfig", std::move(endpoints)}};
}

}  // namespace

std::string encode_restart_policy(RestartPolicy policy) {
    switch (policy) {
        case RestartPolicy::always:
            return "always";
        case RestartPolicy::unless_stopped:
            return "unless-stopped";
        case RestartPolicy::on_failure:
            return "on-failure";
        case RestartPolicy::no:
            break;
    }
    return "no";
}

json::object encode_labels(const Labels& labels) {
    json::object out;
    for (const auto& [name, value] : labels) out[name] = value;
    return out;
}

std::string label_filter(const Labels& labels) {
    json::array wanted;
    for (const auto& [name, value] : labels)
        wanted.emplace_back(value.empty() ? name : assignment(name, value));
    return json::serialize(json::object{{"label", std::move(wanted)}});
}

json::object encode_endpoint(const Endpoint& endpoint) {
    json::object out{{"Aliases", texts(endpoint.aliases)}};
    if (!endpoint.address.empty())
        out["IPAMConfig"] = json::object{{"IPv4Address", endpoint.address}};
    return out;
}

json::object encode_network(const NetworkSpec& spec) {
    json::object out{
        {"Name", spec.name},
        {"CheckDuplicate", true},
        {"Driver", "bridge"},
        {"Internal", spec.internal},
        {"Labels", encode_labels(spec.labels)}
    };
    if (!spec.subnet.empty())
        out["IPAM"] = json::object{{"Config", json::array{json::object{{"Subnet", spec.subnet}}}}};
    return out;
}

json::object encode_container(const ContainerSpec& spec, bool has_many_endpoints) {
    json::object out{
        {"Image", spec.image},
        {"Labels", encode_labels(spec.labels)},
        {"HostConfig", encode_host(spec)}
    };
    if (!spec.entrypoint.empty()) out["Entrypoint"] = texts(spec.entrypoint);
    if (!spec.command.empty()) out["Cmd"] = texts(spec.command);
    if (!spec.user.empty()) out["User"] = spec.user;
    if (!spec.hostname.empty()) out["Hostname"] = spec.hostname;
    if (!spec.stop_signal.empty()) out["StopSignal"] = spec.stop_signal;
    if (spec.stop_timeout) out["StopTimeout"] = spec.stop_timeout->count();
    json::array environment;
    for (const auto& [name, value] : spec.environment)
        environment.emplace_back(assignment(name, value));
    if (!environment.empty()) out["Env"] = std::move(environment);
    json::object exposed;
    for (const PortBinding& port : spec.ports)
        exposed[port_name(port.container_port)] = json::object{};
    if (!exposed.empty()) out["ExposedPorts"] = std::move(exposed);
    if (!spec.networks.empty())
        out["NetworkingConfig"] = encode_endpoints(spec, has_many_endpoints);
    return out;
}

}  // namespace vectis::docker::wire
