#include "api/cli/summary_view.hpp"

#include "api/cli/render.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>

namespace vectis::api {
namespace json = boost::json;
namespace {

const json::array& list_at(const json::object& object, std::string_view name) {
    static const json::array nothing;
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_array() ? value->as_array() : nothing;
}

std::int64_t number_at(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_int64() ? value->as_int64() : 0;
}

std::string ports_text(const json::object& object) {
    const json::value* ports = object.if_contains("ports");
    if (ports == nullptr || !ports->is_object()) return {};
    std::string out;
    for (const auto& [name, port] : ports->as_object()) {
        const std::string value =
            port.is_string() ? std::string(port.as_string()) : json::serialize(port);
        out += (out.empty() ? "" : ", ") + std::string(name) + ' ' + value;
    }
    return out;
}

std::string repair_text(const json::object& object) {
    const json::value* repair = object.if_contains("lastRepair");
    if (repair == nullptr || !repair->is_object()) return {};
    return text_at(repair->as_object(), "time") + ' ' + text_at(repair->as_object(), "message");
}

ObjectLine line_from(const json::object& object) {
    const std::string kind = text_at(object, "kind");
    const std::string ns = text_at(object, "namespace");
    return {
        .key = kind + '/' + (ns.empty() ? "" : ns + '/') + text_at(object, "name"),
        .kind = kind,
        .phase = text_at(object, "phase"),
        .reason = text_at(object, "reason"),
        .message = text_at(object, "message"),
        .container = text_at(object, "container"),
        .image = text_at(object, "image"),
        .hostname = text_at(object, "hostname"),
        .ports = ports_text(object),
        .repair = repair_text(object),
        .declared_by = text_at(object, "declaredBy"),
        .restarts = number_at(object, "restarts"),
    };
}

/// Why it is not Ready; else what was last repaired.
std::string message_of(const ObjectLine& line) {
    if (line.phase != "Ready") return line.message;
    return line.repair.empty() ? "" : "repaired " + line.repair;
}

std::string state_text(const ObjectLine& line) {
    std::string out = line.key + ": " + line.phase;
    if (line.phase == "Ready") return out;
    if (!line.reason.empty()) out += " (" + line.reason + ')';
    if (!line.message.empty()) out += ": " + line.message;
    return out;
}

}  // namespace

SummaryView summary_from(const json::object& object) {
    SummaryView out;
    out.pid = number_at(object, "pid");
    out.metrics_port = number_at(object, "metricsPort");
    for (const json::value& item : list_at(object, "objects")) {
        if (item.is_object()) out.objects.push_back(line_from(item.as_object()));
    }
    for (const json::value& item : list_at(object, "warnings")) {
        if (item.is_string()) out.warnings.emplace_back(item.as_string());
    }
    for (const json::value& source : list_at(object, "sources")) {
        if (!source.is_object()) continue;
        for (const json::value& item : list_at(source.as_object(), "pending")) {
            if (item.is_string()) out.pending.emplace_back(item.as_string());
        }
    }
    return out;
}

SummaryView concerning(const SummaryView& summary, const std::string& folder) {
    SummaryView out = summary;
    std::erase_if(out.objects, [&](const ObjectLine& line) {
        return !line.declared_by.empty() && line.declared_by != "file:" + folder;
    });
    return out;
}

bool is_settled(const SummaryView& summary) {
    const auto is_ready = [](const ObjectLine& line) { return line.phase == "Ready"; };
    return !summary.objects.empty() && summary.pending.empty() &&
           std::all_of(summary.objects.begin(), summary.objects.end(), is_ready);
}

std::vector<ObjectLine> stalled(const SummaryView& summary) {
    std::vector<ObjectLine> out;
    for (const ObjectLine& line : summary.objects) {
        if (line.phase == "Stalled") out.push_back(line);
    }
    return out;
}

std::vector<std::string> changes_between(const SummaryView& before, const SummaryView& now) {
    std::map<std::string, std::string> known;
    for (const ObjectLine& line : before.objects) known[line.key] = state_text(line);
    std::vector<std::string> out;
    for (const ObjectLine& line : now.objects) {
        const std::string text = state_text(line);
        const auto found = known.find(line.key);
        if (found == known.end() || found->second != text) out.push_back(text);
        if (found != known.end()) known.erase(found);
    }
    for (const auto& [key, text] : known) out.push_back(key + ": gone");
    return out;
}

std::string status_text(const SummaryView& summary) {
    std::string out;
    std::vector<Row> rows;
    std::size_t others = 0;
    std::size_t ready_others = 0;
    for (const ObjectLine& line : summary.objects) {
        if (line.kind == "Platform") {
            out += state_text(line) + (line.hostname.empty() ? "" : "  " + line.hostname) + '\n';
        } else if (line.kind == "Workload") {
            rows.push_back(
                {line.key.substr(line.key.find('/') + 1),
                 line.phase,
                 line.container,
                 line.image,
                 std::to_string(line.restarts),
                 line.ports,
                 message_of(line)}
            );
        } else {
            ++others;
            if (line.phase == "Ready") ++ready_others;
        }
    }
    if (summary.objects.empty()) out += "nothing is declared; vectis up DIR declares a folder\n";
    if (!rows.empty())
        out += '\n' +
               table_text(
                   {"WORKLOAD", "STATE", "CONTAINER", "IMAGE", "RESTARTS", "PORTS", "MESSAGE"}, rows
               );
    if (others > 0)
        out += "\n" + std::to_string(ready_others) + " of " + std::to_string(others) +
               " other objects are Ready\n";
    for (const ObjectLine& line : summary.objects) {
        const bool is_shown =
            line.kind == "Platform" || line.kind == "Workload" || line.phase == "Ready";
        if (!is_shown) out += "  " + state_text(line) + '\n';
    }
    for (const std::string& pending : summary.pending)
        out += "  " + pending + ": waits for the database\n";
    if (summary.metrics_port != 0)
        out +=
            "metrics and health: http://127.0.0.1:" + std::to_string(summary.metrics_port) + '\n';
    for (const std::string& warning : summary.warnings) out += "warning: " + warning + '\n';
    return out;
}

}  // namespace vectis::api
