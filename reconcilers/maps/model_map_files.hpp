#pragma once

#include "reconcilers/core/sha256.hpp"
#include "reconcilers/maps/map_files.hpp"

namespace vectis::reconcilers {

/// For plans: nobody looks into a container, so the tables are as they were left.
class ModelMapFiles final : public MapFiles {
public:
    std::optional<MapDigests>
    look(const MapPlace&, const std::vector<std::string>&, const docker::Call&) override {
        return std::nullopt;
    }
    MapDigests
    write(const MapPlace&, const std::map<std::string, std::string>& texts, const docker::Call&)
        override {
        MapDigests out;
        for (const auto& [name, text] : texts) out[name] = sha256_hex(text);
        return out;
    }
};

}  // namespace vectis::reconcilers
