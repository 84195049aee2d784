#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vectis::docker {

struct TarEntry {
    enum class Type { file, folder, link };
    std::string path{};
    Type type = Type::file;
    std::string content{};  ///< of a file; target of a link
    int mode = 0644;
    std::int64_t uid = 0;
    std::int64_t gid = 0;

    friend bool operator==(const TarEntry&, const TarEntry&) = default;
};

/// Bytes of a tar (PAX) with exactly these entries, in this order, with modification time 0: equal
/// entries give equal bytes. Throws std::invalid_argument on an entry that no tar can hold.
std::string make_tar(const std::vector<TarEntry>& entries);

/// The reverse, for tests and the model engine. Throws std::runtime_error on a damaged archive, on
/// entries of other types, and on more than 256 MiB of content.
std::vector<TarEntry> read_tar(const std::string& bytes);

}  // namespace vectis::docker
