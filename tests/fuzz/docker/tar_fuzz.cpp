#include "docker-client/tar.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>

/// Any bytes are an archive or a std::runtime_error, and what was read can be written and read
/// again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vectis::docker;
    std::vector<TarEntry> entries;
    try {
        entries = read_tar(std::string(data, data + size));
    } catch (const std::runtime_error&) {
        return 0;
    }
    try {
        if (read_tar(make_tar(entries)) != entries) std::abort();
    } catch (const std::invalid_argument&) {
        // An archive can hold what we do not write, an entry without a path for example.
    }
    return 0;
}
