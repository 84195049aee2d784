#include "reconcilers/workload/workload_status.hpp"

#include "resources/access.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <string_view>

namespace vectis::reconcilers {
namespace json = boost::json;
namespace {

using resources::text_at;

std::int64_t number_at(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_int64() ? value->as_int64() : 0;
}

void put_text(json::object& object, std::string_view name, const std::string& text) {
    if (!text.empty()) object[name] = text;
}

/// The published ports by their declared names, as the engine has them.
json::object ports_of(const docker::Container& container, const DesiredWorkload& desired) {
    json::object ports;
    for (const resources::PublishedPort& declared : desired.spec.ports) {
        for (const docker::PortBinding& binding : container.ports) {
            if (binding.container_port == declared.container_port && binding.host_port != 0)
                ports[declared.name] = std::int64_t{binding.host_port};
        }
    }
    return ports;
}

json::object addresses_of(const docker::Container& container, const DesiredWorkload& desired) {
    json::object addresses;
    for (const auto& [declared, name] : desired.networks) {
        const auto endpoint = container.networks.find(name);
        if (endpoint != container.networks.end() && !endpoint->second.address.empty())
            addresses[declared] = endpoint->second.address;
    }
    return addresses;
}

}  // namespace

json::object progress_to_json(const WorkloadProgress& progress) {
    json::object out;
    put_text(out, "stableRevision", progress.stable_revision);
    put_text(out, "quarantinedRevision", progress.quarantined_revision);
    put_text(out, "quarantineReason", progress.quarantine_reason);
    put_text(out, "quarantineMessage", progress.quarantine_message);
    put_text(out, "liveHash", progress.live_hash);
    json::object filled;
    for (const auto& [volume, created_at] : progress.filled) filled[volume] = created_at;
    if (!filled.empty()) out["filled"] = std::move(filled);
    json::array restarts;
    for (const controller::Time time : progress.restarts)
        restarts.emplace_back(controller::format_time_micro(time));
    if (!restarts.empty()) out["restarts"] = std::move(restarts);
    if (progress.restarts_total != 0) out["restartsTotal"] = progress.restarts_total;
    put_text(out, "served", progress.served);
    put_text(out, "repaired", progress.repaired);
    if (progress.repaired_at)
        out["repairedAt"] = controller::format_time_micro(*progress.repaired_at);
    put_text(out, "attempt", progress.attempt);
    if (progress.docker_restarts != 0) out["dockerRestarts"] = progress.docker_restarts;
    if (progress.generation != 0) out["containerGeneration"] = progress.generation;
    if (progress.refused_since)
        out["refusedSince"] = controller::format_time_micro(*progress.refused_since);
    return out;
}

WorkloadProgress progress_from_json(const json::object& status) {
    WorkloadProgress out;
    const json::value* stored = status.if_contains("progress");
    if (stored == nullptr || !stored->is_object()) return out;
    const json::object& in = stored->as_object();
    out.stable_revision = text_at(in, "stableRevision");
    out.quarantined_revision = text_at(in, "quarantinedRevision");
    out.quarantine_reason = text_at(in, "quarantineReason");
    out.quarantine_message = text_at(in, "quarantineMessage");
    out.live_hash = text_at(in, "liveHash");
    out.served = text_at(in, "served");
    out.repaired = text_at(in, "repaired");
    if (const std::string time = text_at(in, "repairedAt"); !time.empty())
        out.repaired_at = controller::parse_time(time);
    out.attempt = text_at(in, "attempt");
    out.restarts_total = number_at(in, "restartsTotal");
    out.docker_restarts = number_at(in, "dockerRestarts");
    out.generation = number_at(in, "containerGeneration");
    if (const std::string since = text_at(in, "refusedSince"); !since.empty())
        out.refused_since = controller::parse_time(since);
    if (const json::value* filled = in.if_contains("filled");
        filled != nullptr && filled->is_object()) {
        for (const auto& [volume, created_at] : filled->as_object()) {
            if (created_at.is_string())
                out.filled[std::string(volume)] = std::string(created_at.as_string());
        }
    }
    if (const json::value* restarts = in.if_contains("restarts");
        restarts != nullptr && restarts->is_array()) {
        for (const json::value& time : restarts->as_array()) {
            if (time.is_string())
                out.restarts.push_back(controller::parse_time(std::string(time.as_string())));
        }
    }
    return out;
}

void describe_serving(
    json::object& status,
    const WorkloadPlan& plan,
    const ObservedWorkload& observed,
    const DesiredWorkload& desired
) {
    for (const char* name : {"container", "image", "addresses", "ports"}) status.erase(name);
    for (const ObservedContainer& container : observed.containers) {
        if (container.container.name != plan.serving) continue;
        status["container"] = plan.serving;
        status["image"] = container.image;
        status["addresses"] = addresses_of(container.container, desired);
        if (json::object ports = ports_of(container.container, desired); !ports.empty())
            status["ports"] = std::move(ports);
    }
}

}  // namespace vectis::reconcilers
