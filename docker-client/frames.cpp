#include "docker-client/frames.hpp"

#include "docker-client/error.hpp"

#include <algorithm>

namespace vectis::docker {
namespace {

constexpr std::size_t header_size = 8;

std::uint32_t byte_at(const std::string& text, std::size_t index) {
    return static_cast<unsigned char>(text[index]);
}

}  // namespace

void FrameReader::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        if (left_ == 0) {
            const std::size_t wanted = std::min(header_size - header_.size(), bytes.size());
            header_.append(bytes.substr(0, wanted));
            bytes.remove_prefix(wanted);
            if (header_.size() == header_size) start_frame();
            continue;
        }
        const std::size_t size = std::min<std::size_t>(left_, bytes.size());
        if (sink_) sink_(kind_, bytes.substr(0, size));
        bytes.remove_prefix(size);
        left_ -= static_cast<std::uint32_t>(size);
    }
}

void FrameReader::start_frame() {
    const std::uint32_t stream = byte_at(header_, 0);
    if (stream > 3 || byte_at(header_, 1) != 0 || byte_at(header_, 2) != 0 ||
        byte_at(header_, 3) != 0) {
        throw EngineError(
            EngineError::Outcome::unknown, "the engine's stream has a malformed frame header"
        );
    }
    kind_ = stream >= 2 ? StreamKind::error : StreamKind::out;
    left_ = byte_at(header_, 4) << 24U | byte_at(header_, 5) << 16U | byte_at(header_, 6) << 8U |
            byte_at(header_, 7);
    header_.clear();
}

}  // namespace vectis::docker
