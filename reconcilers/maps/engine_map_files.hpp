#pragma once

#include "controller/random.hpp"
#include "reconcilers/maps/map_files.hpp"

namespace vectis::reconcilers {

/// Tables in a volume of a container, through the program `mapset` of its image:
/// `mapset look NAME…` and `mapset write FOLDER NAME…` print a line "NAME DIGEST" for each table
/// that can be read. No content is an argument of it: those can be read in the engine's events.
class EngineMapFiles final : public MapFiles {
public:
    EngineMapFiles(docker::Engine& engine, controller::Random& random)
        : engine_(engine), random_(random) {}

    std::optional<MapDigests> look(
        const MapPlace& place, const std::vector<std::string>& names, const docker::Call& call
    ) override;
    MapDigests write(
        const MapPlace& place,
        const std::map<std::string, std::string>& texts,
        const docker::Call& call
    ) override;

private:
    MapDigests run(
        const MapPlace& place, std::vector<std::string> command, const docker::Call& call
    );

    docker::Engine& engine_;
    controller::Random& random_;
};

}  // namespace vectis::reconcilers
