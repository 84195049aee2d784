#pragma once

#include "api/backends.hpp"
#include "api/http.hpp"
#include "api/selectors.hpp"
#include "api/table.hpp"
#include "resources/kind.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace vectis::api {

/// Everything that a watch needs; copied into the stream.
struct WatchRequest {
    const resources::Kind* kind = nullptr;
    controller::Store* store = nullptr;
    controller::Clock* clock = nullptr;
    std::string ns{};
    Selectors selectors{};
    std::optional<std::int64_t> after{};  ///< nothing: begin with what exists
    controller::Duration time_limit{};
    bool has_bookmarks = false;
    bool is_table = false;
    IncludeObject include = IncludeObject::metadata;
};

/// A stream of Kubernetes watch events, one JSON object on each line, until the time limit. Ends
/// with a bookmark if wanted; a version that is no longer in the log gives an ERROR event with a
/// Status of code 410.
Response watch_response(const WatchRequest& request);

}  // namespace vectis::api
