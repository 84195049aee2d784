#pragma once

#include "reconcilers/core/map_source.hpp"
#include "reconcilers/maps/map_files.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vectis::reconcilers {

struct DesiredMap {
    std::string name{};
    std::string digest{};
};

/// What is known of the tables.
struct MapPicture {
    MapDigests written{};               ///< as they were left
    std::optional<MapDigests> found{};  ///< as they are, if somebody looked
};

struct MapAction {
    enum class Why {
        first,    ///< it was never written into this volume
        missing,  ///< it was written, and is not there or cannot be read
        edited,   ///< it is not as it was left
        data,     ///< the mail database has changed
    };
    std::string name{};
    Why why = Why::data;

    friend bool operator==(const MapAction&, const MapAction&) = default;
};

/// "write map domains"
std::string to_text(const MapAction& action);
std::string cause_of(const MapAction& action);
/// Whether something that was in order is put in order again.
bool is_repair(const MapAction& action);

/// The tables to be written. What is there as it should be stays, whatever is remembered of it.
/// Pure.
std::vector<MapAction> plan_maps(const std::vector<DesiredMap>& desired, const MapPicture& picture);

}  // namespace vectis::reconcilers
