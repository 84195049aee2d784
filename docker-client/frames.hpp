#pragma once

#include "docker-client/types.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace vectis::docker {

/// Takes apart the stream of logs and exec: frames of an 8-byte header {stream, 0, 0, 0, length in
/// big endian} and a body, cut anywhere. Docker Engine API, "Attach to a container", stream format.
class FrameReader {
public:
    using Sink = std::function<void(StreamKind, std::string_view)>;
    explicit FrameReader(Sink sink) : sink_(std::move(sink)) {}

    /// Body bytes reach the sink as they come. Throws EngineError on what is no frame.
    void feed(std::string_view bytes);
    /// Whether the stream ended between frames.
    bool is_whole() const { return header_.empty() && left_ == 0; }

private:
    void start_frame();

    Sink sink_;
    std::string header_;
    std::uint32_t left_ = 0;
    StreamKind kind_ = StreamKind::out;
};

}  // namespace vectis::docker
