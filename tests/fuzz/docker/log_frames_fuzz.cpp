#include "docker-client/error.hpp"
#include "docker-client/frames.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace vectis::docker;

/// What a stream says, how it ends included, fed in pieces of a size.
std::string read(std::string_view bytes, std::size_t piece) {
    std::string said;
    FrameReader reader([&](StreamKind kind, std::string_view part) {
        for (const char c : part) said += {kind == StreamKind::out ? 'o' : 'e', c};
    });
    try {
        for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
            reader.feed(bytes.substr(0, piece));
        }
    } catch (const EngineError& error) {
        return said + error.what();
    }
    return said + (reader.is_whole() ? "whole" : "cut");
}

}  // namespace

/// A stream says the same wherever it is cut. The last byte says into pieces of which size.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string bytes(data, data + size - 1);
    const std::size_t piece = data[size - 1] % 16U + 1U;
    if (read(bytes, piece) != read(bytes, bytes.size() + 1)) std::abort();
    return 0;
}
