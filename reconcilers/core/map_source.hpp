#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace vectis::reconcilers {

/// One lookup table as the mail database shows it.
struct MapContent {
    std::string digest{};  ///< SHA-256 of the text, hex
    std::int64_t entries = 0;
    std::optional<std::string> text{};  ///< lines "key\tvalue\n" in order of their bytes
};

struct MapQuery {
    std::string view{};          ///< such as map_domains
    std::string known_digest{};  ///< the text is not wanted if it has this digest
};

/// Where the mail database tells what is in the lookup tables of the mail servers. Calls that get
/// no answer throw controller::StoreError.
class MapSource {
public:
    MapSource() = default;
    MapSource(const MapSource&) = delete;
    MapSource& operator=(const MapSource&) = delete;
    virtual ~MapSource() = default;

    /// False before there is a database.
    virtual bool is_open() = 0;
    /// All tables as they were at one moment, in the order of the queries.
    virtual std::vector<MapContent> read(
        const std::vector<MapQuery>& queries, std::stop_token stop
    ) = 0;
};

}  // namespace vectis::reconcilers
