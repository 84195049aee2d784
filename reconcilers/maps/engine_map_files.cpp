#include "reconcilers/maps/engine_map_files.hpp"

#include "docker-client/tar.hpp"
#include "reconcilers/core/refused.hpp"

#include <sstream>
#include <utility>

namespace vectis::reconcilers {
namespace {

MapDigests parse(const std::string& output) {
    MapDigests out;
    std::istringstream lines(output);
    std::string name;
    std::string digest;
    while (lines >> name >> digest) out[name] = digest;
    return out;
}

}  // namespace

MapDigests EngineMapFiles::run(
    const MapPlace& place, std::vector<std::string> command, const docker::Call& call
) {
    const std::string text = command[0] + ' ' + command[1];
    const docker::Result<docker::ExecResult> result =
        engine_.exec(place.container, {std::move(command), "0:0"}, call);
    if (!result) throw ActionRefused(text, result.error());
    if (result->exit_code != 0)
        throw ActionRefused(
            text,
            {docker::RefusalReason::failed,
             "it exited with code " + std::to_string(result->exit_code) + ": " +
                 result->error_output.substr(0, 500)}
        );
    return parse(result->output);
}

std::optional<MapDigests> EngineMapFiles::look(
    const MapPlace& place, const std::vector<std::string>& names, const docker::Call& call
) {
    std::vector<std::string> command{"mapset", "look"};
    command.insert(command.end(), names.begin(), names.end());
    return run(place, std::move(command), call);
}

/// Into a folder of its own: a program that outlived its controller may still read the one before.
MapDigests EngineMapFiles::write(
    const MapPlace& place, const std::map<std::string, std::string>& texts, const docker::Call& call
) {
    const std::string folder = ".in-" + random_.text(16);
    std::vector<std::string> command{"mapset", "write", folder};
    std::vector<docker::TarEntry> entries{
        {.path = folder, .type = docker::TarEntry::Type::folder, .content = {}, .mode = 0700}
    };
    for (const auto& [name, text] : texts) {
        command.push_back(name);
        entries.push_back({.path = folder + '/' + name, .content = text, .mode = 0644});
    }
    const docker::Result<docker::Effect> uploaded =
        engine_.upload_archive(place.container, place.path, docker::make_tar(entries), call);
    if (!uploaded) throw ActionRefused("upload lookup tables", uploaded.error());
    return run(place, std::move(command), call);
}

}  // namespace vectis::reconcilers
