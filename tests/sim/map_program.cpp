#include "tests/sim/map_program.hpp"

#include "reconcilers/core/sha256.hpp"

#include <vector>

namespace vectis::sim {
namespace {

using Words = std::vector<std::string>;

std::string volume_of(const docker::Container& container) {
    for (const docker::Mount& mount : container.mounts) {
        if (mount.target == "/maps") return mount.source;
    }
    return {};
}

std::string found_in(docker::ModelEngine& engine, const std::string& volume, const Words& names) {
    const docker::StoredEntries entries =
        engine.read_volume(volume).value_or(docker::StoredEntries{});
    std::string out;
    for (const std::string& name : names) {
        const auto table = entries.find(name);
        if (table != entries.end())
            out += name + ' ' + reconcilers::sha256_hex(table->second.content) + '\n';
    }
    return out;
}

bool take_in(
    docker::ModelEngine& engine,
    const std::string& volume,
    const std::string& folder,
    const Words& names
) {
    const docker::StoredEntries entries =
        engine.read_volume(volume).value_or(docker::StoredEntries{});
    for (const std::string& name : names) {
        const auto upload = entries.find(folder + '/' + name);
        if (upload == entries.end()) return false;
        engine.write_volume(volume, name, upload->second.content);
    }
    return true;
}

}  // namespace

std::optional<docker::ExecResult> run_map_program(
    docker::ModelEngine& engine, const docker::Container& container, const docker::ExecSpec& spec
) {
    if (spec.command.size() < 2 || spec.command[0] != "mapset") return std::nullopt;
    const std::string volume = volume_of(container);
    const bool is_look = spec.command[1] == "look";
    const Words names(spec.command.begin() + (is_look ? 2 : 3), spec.command.end());
    if (!is_look && !take_in(engine, volume, spec.command[2], names))
        return docker::ExecResult{4, {}, "there is nothing in " + spec.command[2]};
    return docker::ExecResult{0, found_in(engine, volume, names), {}};
}

bool is_upload(const std::string& path) {
    return path.starts_with(".in-");
}

}  // namespace vectis::sim
