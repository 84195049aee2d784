#pragma once

#include "docker-client/engine.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vectis::reconcilers {

/// Where lookup tables lie: a folder of a running container.
struct MapPlace {
    std::string container{};  ///< id
    std::string path{};
    std::string volume_mark{};  ///< of the volume that is mounted there
};

/// By the name of the table: the digest of its content as a reader finds it now. A table that is
/// not there, or that cannot be read, is not in it.
using MapDigests = std::map<std::string, std::string>;

/// The lookup tables themselves. Throws ActionRefused where the engine or the program says no.
class MapFiles {
public:
    MapFiles() = default;
    MapFiles(const MapFiles&) = delete;
    MapFiles& operator=(const MapFiles&) = delete;
    virtual ~MapFiles() = default;

    /// Nothing: nobody can tell.
    virtual std::optional<MapDigests> look(
        const MapPlace& place, const std::vector<std::string>& names, const docker::Call& call
    ) = 0;
    /// Makes the tables hold these texts and returns what a reader finds then.
    virtual MapDigests write(
        const MapPlace& place,
        const std::map<std::string, std::string>& texts,
        const docker::Call& call
    ) = 0;
};

}  // namespace vectis::reconcilers
