#include "tests/sim/outcome.hpp"

#include "docker-client/model/model_state.hpp"
#include "reconcilers/core/identity.hpp"
#include "reconcilers/workload/container_spec.hpp"
#include "resources/condition.hpp"
#include "tests/sim/map_program.hpp"

#include <boost/json/serialize.hpp>

#include <map>
#include <utility>
#include <vector>

namespace vectis::sim {
namespace {

using Masks = std::vector<std::pair<std::string, std::string>>;  ///< value → name

std::string masked_name(const std::string& volume) {
    const std::size_t place = volume.find("-files-");
    return place == std::string::npos ? volume : volume.substr(0, place + 7) + '*';
}

Masks masks_of(controller::Secrets& secrets) {
    constexpr std::size_t least = 8;  // a shorter one is no secret but a name
    Masks masks;
    for (const std::string& name : secrets.names()) {
        const controller::Secrets::Values values = secrets.get(name).value();
        for (const auto& [key, value] : values) {
            if (value.size() >= least) masks.emplace_back(value, '<' + name + '/' + key + '>');
        }
    }
    return masks;
}

std::string masked(std::string text, const Masks& masks) {
    for (const auto& [value, name] : masks) {
        for (std::size_t at = text.find(value); at != std::string::npos; at = text.find(value, at))
            text.replace(at, value.size(), name);
    }
    return text;
}

std::string label_of(const docker::Labels& labels, const char* name) {
    const auto place = labels.find(name);
    return place == labels.end() ? std::string{} : place->second;
}

std::string text_of(const docker::Container& container) {
    std::string out = container.image + ' ' + std::to_string(static_cast<int>(container.state)) +
                      ' ' + std::to_string(container.memory_bytes) + ' ' +
                      std::to_string(static_cast<int>(container.restart_policy)) + ' ' +
                      label_of(container.labels, reconcilers::label::hash_spec);
    for (const auto& [network, endpoint] : container.networks) {
        out += ' ' + network;
        for (const std::string& alias : endpoint.aliases) {
            // Docker adds the container's id.
            if (!container.id.starts_with(alias)) out += ',' + alias;
        }
    }
    return out;
}

void describe_containers(std::string& out, const docker::ModelState& state) {
    std::map<std::string, std::string> rows;
    for (const auto& [id, stored] : state.containers) {
        const docker::Container& container = stored.shown;
        const std::string component = label_of(container.labels, reconcilers::label::name);
        rows[component.empty() ? container.name : component] += ' ' + text_of(container);
    }
    for (const auto& [name, text] : rows) out += "container " + name + text + '\n';
}

/// Live files as a reader finds them: through the link.
std::string seen_path(const docker::StoredEntries& entries, const std::string& path) {
    const auto link = entries.find("current");
    if (link == entries.end()) return path;
    const std::string& folder = link->second.content;
    return path.starts_with(folder + '/') ? "current" + path.substr(folder.size()) : std::string{};
}

void describe_volumes(std::string& out, const docker::ModelState& state, const Masks& masks) {
    std::map<std::string, int> volumes;
    std::map<std::string, std::string> files;
    for (const auto& [name, stored] : state.volumes) {
        const std::string volume = masked_name(name);
        ++volumes[volume];
        for (const auto& [path, entry] : stored.entries) {
            const std::string seen = seen_path(stored.entries, path);
            if (entry.type != docker::TarEntry::Type::file || seen.empty()) continue;
            if (is_upload(path)) continue;  // which the next writer removes
            files[volume + ' ' + seen] = std::to_string(entry.mode) + ' ' +
                                         std::to_string(entry.gid) + ' ' +
                                         masked(entry.content, masks);
        }
    }
    for (const auto& [name, count] : volumes)
        out += "volume " + name + ' ' + std::to_string(count) + '\n';
    for (const auto& [name, content] : files) {
        std::string line = content;
        for (char& c : line) {
            if (c == '\n') c = '|';
        }
        out += "file " + name + ' ' + line + '\n';
    }
}

/// " stalled NameConflict"
std::string verdict_of(const resources::Object& object) {
    for (const resources::Condition& condition : resources::conditions_of(object.status)) {
        const bool is_so = condition.status == resources::ConditionStatus::yes &&
                           condition.observed_generation == object.metadata.generation;
        if (is_so && condition.type == "Stalled") return " stalled " + condition.reason;
        if (is_so && condition.type == "Ready") return " ready";
    }
    return {};
}

void describe_store(std::string& out, controller::Store& store, const Masks& masks) {
    for (const resources::Object& object : store.list({}).items) {
        out += resources::to_text(resources::key_of(object)) + verdict_of(object) +
               (resources::is_being_deleted(object) ? " deleted" : "") + ' ' +
               masked(boost::json::serialize(object.spec), masks) + '\n';
    }
}

}  // namespace

std::string outcome_of(Machine& machine, controller::Store& store) {
    const docker::ModelState state = machine.engine.export_state();
    Masks masks = masks_of(machine.secrets);
    // A table that has an earlier password than the database shows it.
    for (const auto& [uid, mark] : machine.postgres.directory.look().credential_sources)
        masks.emplace_back(mark, "<password>");
    std::string out;
    describe_containers(out, state);
    for (const auto& [name, stored] : state.networks)
        out += "network " + name + (stored.fixed_subnet ? ' ' + stored.network.subnet : "") + '\n';
    describe_volumes(out, state, masks);
    describe_store(out, store, masks);
    describe_store(out, machine.postgres.mail, masks);
    return out;
}

std::string difference(const std::string& wanted, const std::string& got) {
    std::map<std::string, int> count;
    const auto add = [&](const std::string& text, int by) {
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = text.find('\n', at);
            count[text.substr(at, end - at)] += by;
            at = end + 1;
        }
    };
    add(wanted, -1);
    add(got, 1);
    std::string out;
    for (const auto& [line, by] : count) {
        if (by != 0) out += (by < 0 ? "  missing: " : "  beyond:  ") + line + '\n';
    }
    return out;
}

}  // namespace vectis::sim
