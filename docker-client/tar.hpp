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
};

/// Bytes of a tar (PAX) with exactly these entries, in this order, with modification time 0: equal
/// entries give equal bytes.
std::string make_tar(const std::vector<TarEntry>& entries);

/// The reverse, for tests and the model engine. Throws std::runtime_error on a damaged archive.
std::vector<TarEntry> read_tar(const std::string& bytes);

}  // namespace vectis::docker
