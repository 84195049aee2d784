#include "reconcilers/maps/map_plan.hpp"

namespace vectis::reconcilers {
namespace {

using Why = MapAction::Why;

const std::string* find(const MapDigests& digests, const std::string& name) {
    const auto place = digests.find(name);
    return place == digests.end() ? nullptr : &place->second;
}

std::optional<Why> why_written(const DesiredMap& desired, const MapPicture& picture) {
    const std::string* written = find(picture.written, desired.name);
    const std::string* found = picture.found ? find(*picture.found, desired.name) : written;
    if (found != nullptr && *found == desired.digest) return std::nullopt;
    if (written == nullptr) return Why::first;
    if (found == nullptr) return Why::missing;
    return *found == *written ? Why::data : Why::edited;
}

}  // namespace

std::string to_text(const MapAction& action) {
    return "write map " + action.name;
}

std::string cause_of(const MapAction& action) {
    switch (action.why) {
        case Why::first:
            return "it was not written yet";
        case Why::missing:
            return "it is not there any more";
        case Why::edited:
            return "somebody edited it";
        case Why::data:
            return "the mail database has changed";
    }
    return {};
}

bool is_repair(const MapAction& action) {
    return action.why == Why::missing || action.why == Why::edited;
}

std::vector<MapAction> plan_maps(
    const std::vector<DesiredMap>& desired, const MapPicture& picture
) {
    std::vector<MapAction> out;
    for (const DesiredMap& map : desired) {
        if (const std::optional<Why> why = why_written(map, picture))
            out.push_back({map.name, *why});
    }
    return out;
}

}  // namespace vectis::reconcilers
