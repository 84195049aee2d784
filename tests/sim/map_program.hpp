#pragma once

#include "docker-client/model/model_engine.hpp"

#include <optional>
#include <string>

namespace vectis::sim {

/// What `mapset` of an image does, in the volume of the container; nothing if it is another
/// command.
std::optional<docker::ExecResult> run_map_program(
    docker::ModelEngine& engine, const docker::Container& container, const docker::ExecSpec& spec
);

/// Whether the path in a volume of tables is of what was uploaded for the program.
bool is_upload(const std::string& path);

}  // namespace vectis::sim
