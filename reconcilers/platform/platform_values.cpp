#include "reconcilers/platform/expand.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
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

constexpr std::array<ComponentMemory, 6> components{{
    {"postgres", {256, 512, 1024, 4096}},
    {"valkey", {128, 256, 512, 2048}},
    // The full set of signatures takes 1.3 GiB.
    {"clamav", {1536, 2048, 4096, 4096}},
    {"rspamd", {512, 768, 1536, 4096}},
    {"dovecot", {256, 512, 2048, 8192}},
    {"postfix", {256, 512, 1024, 2048}},
}};

constexpr std::int64_t mib = 1 << 20;

json::object image_of(const resources::ImageSource& source, std::string_view component) {
    json::object out;
    if (!source.reference.empty())
        out["reference"] = source.reference;
    else
        out["build"] = source.build.empty() ? std::string(component) : source.build;
    if (!source.revision.empty()) out["revision"] = source.revision;
    return out;
}

resources::ComponentSettings settings_of(const PlatformSpec& spec, std::string_view component) {
    const auto settings = spec.components.find(std::string(component));
    return settings == spec.components.end() ? resources::ComponentSettings{} : settings->second;
}

std::int64_t memory_mib(const PlatformSpec& spec, std::string_view name) {
    if (const std::int64_t own = settings_of(spec, name).memory_mib; own > 0) return own;
    const auto component =
        std::find_if(components.begin(), components.end(), [&](const ComponentMemory& one) {
            return one.name == name;
        });
    return component->mebibytes[static_cast<std::size_t>(spec.profile)];
}

void add_component(Values& values, const PlatformSpec& spec, std::string_view component) {
    const std::string name(component);
    values["limits." + name + ".memoryMiB"] = memory_mib(spec, component);
    values["image." + name] = image_of(settings_of(spec, component).image, component);
}

/// What the services may take of their containers' limits.
void add_memory(Values& values, const PlatformSpec& spec) {
    constexpr std::int64_t hash_mib = 64;  // of an Argon2id hash, see password_hasher.cpp
    constexpr std::int64_t most_workers = 30;
    const std::int64_t half = memory_mib(spec, "dovecot") / 2;
    values["authWorkers"] = std::clamp(half / hash_mib, std::int64_t{1}, most_workers);
    values["valkeyMemoryBytes"] = memory_mib(spec, "valkey") * mib / 10 * 6;
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

json::object update_of(const PlatformSpec& spec, std::int64_t deadline_seconds) {
    return {
        {"progressDeadlineSeconds", deadline_seconds},
        {"minReadySeconds", spec.update.min_ready_seconds},
        {"stopGraceSeconds", spec.update.stop_grace_seconds},
    };
}

/// What Postfix takes clamd takes too; what a message unpacks to has a limit that clamd reports.
void add_antivirus(Values& values, const PlatformSpec& spec) {
    constexpr std::int64_t roomy_mib = 3072;  // two full sets of signatures, and scans
    constexpr std::int64_t scan_mib_least = 400;
    constexpr std::int64_t scan_mib_most = 2047;  // above that clamd knows no limit
    // A full set is read in half a minute; to fetch it first takes as long as the line needs.
    const std::int64_t start_seconds = spec.dns.outside ? 900 : 180;
    const std::int64_t scan_mib =
        std::clamp(spec.message_size_limit_mib * 4, scan_mib_least, scan_mib_most);
    values["antivirus.enabled"] = spec.antivirus.enabled;
    values["antivirusIsDeferring"] =
        spec.antivirus.when_unavailable == resources::WhenUnavailable::defer;
    values["clamavCommand"] = json::array{spec.dns.outside ? "fetch" : "local"};
    values["clamavIsRoomy"] = memory_mib(spec, "clamav") >= roomy_mib ? "yes" : "no";
    values["clamavStreamBytes"] = (spec.message_size_limit_mib + 1) * mib;
    values["clamavScanBytes"] = scan_mib * mib;
    values["clamavUpdate"] =
        update_of(spec, std::max(spec.update.progress_deadline_seconds, start_seconds));
}

/// Without a postmaster its addresses are what any other address of the host is: nobody's, unless
/// the host's name is a mail domain too and has them.
void add_postmaster(Values& values, const PlatformSpec& spec) {
    const bool is_declared = !spec.postmaster.empty();
    values["postmaster"] = is_declared ? spec.postmaster : "postmaster@" + spec.hostname;
    values["postmasterAnswer"] = is_declared ? "OK" : "DUNNO";
    values["notifyClasses"] = is_declared ? "resource, software" : "";
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
    values["messageSizeLimitBytes"] = spec.message_size_limit_mib * mib;
    values["rspamd.rejectScore"] = spec.rspamd.reject_score;
    values["rspamd.addHeaderScore"] = spec.rspamd.add_header_score;
    values["update"] = update_of(spec, spec.update.progress_deadline_seconds);
    add_dns(values, spec);
    add_antivirus(values, spec);
    add_postmaster(values, spec);
    for (const ComponentMemory& component : components) add_component(values, spec, component.name);
    add_memory(values, spec);
    return values;
}

}  // namespace vectis::reconcilers
