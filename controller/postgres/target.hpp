#pragma once

#include <cstdint>
#include <string>

namespace vectis::controller {

/// A Postgres server, and as whom to log in to which database.
struct Target {
    std::string host{};  ///< address, or the folder of a Unix socket
    std::uint16_t port = 5432;
    std::string database{};
    std::string user{};
    std::string password{};

    friend bool operator==(const Target&, const Target&) = default;
};

}  // namespace vectis::controller
