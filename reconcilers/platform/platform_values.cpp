#include "reconcilers/platform/expand.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <string_view>

namespace vectis::reconcilers {
namespace json = boost::json;
namespace {

using resources::PlatformSpec;
using resources::Profile;
using Values = std::map<std::string, json::value>;

struct ComponentMemory {
    std::string_view name;
    std::array<int, 4> mebibytes;  ///< dev, small, production, enterprise
};

constexpr std::array<ComponentMemory, 5> components{{
    {"postgres", {256, 512, 1024, 4096}},
    {"valkey", {128, 256, 512, 2048}},
    {"rspamd", {512, 768, 1536, 4096}},
    {"dovecot", {256, 512, 2048, 8192}},
    {"postfix", {256, 512, 1024, 2048}},
}};

json::object image_of(const resources::ImageSource& source, std::string_view component) {
    json::object out;
    if (!source.reference.empty())
        out["reference"] = source.reference;
    else
        out["build"] = source.build.empty() ? std::string(component) : source.build;
    if (!source.revision.empty()) out["revision"] = source.revision;
    return out;
}

void add_component(Values& values, const PlatformSpec& spec, const ComponentMemory& component) {
    const std::string name(component.name);
    const auto settings = spec.components.find(name);
    const resources::ComponentSettings own =
        settings == spec.components.end() ? resources::ComponentSettings{} : settings->second;
    const int usual = component.mebibytes[static_cast<std::size_t>(spec.profile)];
    values["limits." + name + ".memoryMiB"] = own.memory_mib > 0 ? own.memory_mib : usual;
    values["image." + name] = image_of(own.image, component.name);
}

/// "172.31.250.0/24" → "172.31.250.10". Containers with dynamic addresses get them from the low
/// end; see `data_range`.
std::string fixed_address(const std::string& subnet) {
    const std::string network = subnet.substr(0, subnet.find('/'));
    return network.substr(0, network.rfind('.')) + ".250";
}

void add_dns(Values& values, const PlatformSpec& spec) {
    json::array servers(spec.dns.servers.begin(), spec.dns.servers.end());
    // Without ndots:1 names of stopped containers go to the outside resolver.
    json::array options{"ndots:1"};
    if (!spec.dns.outside) {
        options.emplace_back("timeout:1");
        options.emplace_back("attempts:1");
    }
    values["dns.servers"] = std::move(servers);
    values["dns.options"] = std::move(options);
    values["dns.outside"] = spec.dns.outside;
    values["rspamdOutside"] = spec.dns.outside;
    // Without outside DNS every foreign sender domain is "unknown" and would be put off for ever.
    values["senderRestrictions"] =
        spec.dns.outside
            ? "reject_non_fqdn_sender, reject_unknown_sender_domain, reject_unlisted_sender"
            : "reject_non_fqdn_sender, reject_unlisted_sender";
}

}  // namespace

Values platform_values(const PlatformSpec& spec) {
    Values values;
    values["hostname"] = spec.hostname;
    values["ports.address"] = spec.ports.address;
    values["ports.smtp"] = spec.ports.smtp;
    values["ports.submission"] = spec.ports.submission;
    values["ports.smtps"] = spec.ports.smtps;
    values["ports.imaps"] = spec.ports.imaps;
    values["ports.pop3s"] = spec.ports.pop3s;
    values["dataSubnet"] = spec.data_subnet;
    values["valkeyAddress"] = fixed_address(spec.data_subnet);
    values["messageSizeLimitBytes"] = spec.message_size_limit_mib * 1024 * 1024;
    values["rspamd.rejectScore"] = spec.rspamd.reject_score;
    values["rspamd.addHeaderScore"] = spec.rspamd.add_header_score;
    values["update"] = json::object{
        {"progressDeadlineSeconds", spec.update.progress_deadline_seconds},
        {"minReadySeconds", spec.update.min_ready_seconds},
        {"stopGraceSeconds", spec.update.stop_grace_seconds},
    };
    add_dns(values, spec);
    for (const ComponentMemory& component : components) add_component(values, spec, component);
    return values;
}

}  // namespace vectis::reconcilers
