#include "tests/sim/oracle.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace vectis::sim {
namespace {

const docker::Labels ours = reconcilers::installation_labels(identity);

bool is_ours(const docker::Labels& labels) {
    const auto place = labels.find(reconcilers::label::installation);
    return place != labels.end() && place->second == identity.installation;
}

bool is_predefined(const std::string& network) {
    return network == "bridge" || network == "host" || network == "none";
}

std::string text_of(const docker::Labels& labels) {
    std::string out;
    for (const auto& [name, value] : labels) out += ' ' + name + '=' + value;
    return out + '\n';
}

/// Names and labels of everything.
std::string shown_by(docker::ModelEngine& engine) {
    const docker::ModelState state = engine.export_state();
    std::string out;
    for (const auto& [id, stored] : state.containers) {
        const docker::Container& shown = stored.shown;
        out += shown.name + ' ' + shown.image + ' ' + shown.error + text_of(shown.labels);
        for (const docker::Mount& mount : shown.mounts) out += mount.source + ' ' + mount.target;
    }
    for (const auto& [name, stored] : state.networks) out += name + text_of(stored.network.labels);
    for (const auto& [name, stored] : state.volumes) {
        out += name + text_of(stored.volume.labels);
        for (const auto& [path, entry] : stored.entries) out += path + '\n';
    }
    for (const auto& [id, image] : state.images) {
        out += text_of(image.labels);
        for (const std::string& tag : image.tags) out += tag + '\n';
    }
    return out;
}

std::string text_of(controller::Store& store) {
    std::string out;
    for (const resources::Object& object : store.list({}).items)
        out += boost::json::serialize(resources::to_json(object)) + '\n';
    return out;
}

std::string text_of(const controller::EventRecorder& events) {
    std::string out;
    for (const controller::Event& event : events.list())
        out += resources::to_text(event.object) + ' ' + event.reason + ' ' + event.message + '\n';
    return out;
}

}  // namespace

void make_others(docker::ModelEngine& engine, const Taken& taken) {
    const auto make_container = [&](const std::string& name) {
        docker::ContainerSpec spec;
        spec.name = name;
        spec.image = "debian:trixie-slim";
        engine.start_container(engine.create_container(spec, {}).value(), {}).value();
    };
    const auto make_volume = [&](const std::string& name) {
        engine.create_volume({name, {}}, {}).value();
        engine.write_volume(name, "theirs", "theirs");
    };
    make_volume("sim-foreign");
    engine.create_network({"sim-theirs", false, "", {}}, {}).value();
    make_container("sim-postfix");
    for (const std::string& name : taken.volumes) make_volume(name);
    for (const std::string& name : taken.networks)
        engine.create_network({name, false, "", {}}, {}).value();
    for (const std::string& name : taken.containers) make_container(name);
}

Others others_of(docker::ModelEngine& engine) {
    const docker::ModelState state = engine.export_state();
    Others out;
    for (const auto& [id, stored] : state.containers) {
        if (!is_ours(stored.shown.labels)) out.containers[stored.shown.name] = stored;
    }
    for (const auto& [name, stored] : state.networks) {
        if (!is_ours(stored.network.labels) && !is_predefined(name)) out.networks[name] = stored;
    }
    for (const auto& [name, stored] : state.volumes) {
        if (!is_ours(stored.volume.labels)) out.volumes[name] = stored;
    }
    return out;
}

std::string lost_data(Machine& machine, const Workload& workload) {
    std::string out;
    for (const auto& [name, mark] : machine.canaries) {
        const auto& given_up = workload.gives_up;
        const std::optional<docker::Volume> seen = machine.engine.inspect_volume(name, {});
        if (std::find(given_up.begin(), given_up.end(), name) != given_up.end()) {
            if (seen) out += "volume " + name + " was not to be kept\n";
        } else if (!seen) {
            out += "data volume " + name + " is gone\n";
        } else if (seen->labels.at(reconcilers::label::mark) != mark) {
            out += "data volume " + name + " was made anew\n";
        } else if (!machine.engine.read_volume(name)->contains(canary_path)) {
            out += "what was in data volume " + name + " is gone\n";
        }
    }
    return out;
}

std::string left_over(Machine& machine, controller::Store& store) {
    std::string out;
    for (const docker::ContainerSummary& row : machine.engine.list_containers({ours}, {}))
        out += "container " + row.name + " is left over\n";
    for (const docker::Network& network : machine.engine.list_networks(ours, {}))
        out += "network " + network.name + " is left over\n";
    for (const docker::Volume& volume : machine.engine.list_volumes(ours, {})) {
        if (!machine.canaries.contains(volume.name))
            out += "volume " + volume.name + " is left over\n";
    }
    for (const resources::Object& object : store.list({}).items)
        out += resources::to_text(resources::key_of(object)) + " is left over\n";
    return out;
}

std::string leaked_secrets(Machine& machine, controller::Store& store, const std::string& log) {
    const std::pair<const char*, std::string> places[] = {
        {"the log", log},
        {"an event", text_of(machine.events)},
        {"a platform object", text_of(store)},
        {"a mail object", text_of(machine.postgres.mail)},
        {"the trace", machine.trace},
        {"the engine", shown_by(machine.engine)},
    };
    std::string out;
    for (const auto& [place, text] : places) {
        for (const std::string& secret : machine.secrets.confidential()) {
            const std::size_t at = text.find(secret);
            if (at == std::string::npos) continue;
            const std::size_t start = at < 120 ? 0 : at - 120;
            out += std::string("a secret is readable in ") + place + ": " +
                   text.substr(start, at - start) + "…\n";
        }
    }
    return out;
}

}  // namespace vectis::sim
