#include "docker-client/answers.hpp"
#include "docker-client/ndjson.hpp"
#include "docker-client/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace vectis::docker;

void decode_all(const boost::json::value& value) {
    wire::decode_summary(value);
    wire::decode_container(value);
    wire::decode_network(value);
    wire::decode_volume(value);
    wire::decode_image(value);
    wire::decode_progress(value);
    wire::decode_event(value);
    wire::decode_error(value);
    wire::decode_exec(value);
}

void decode_lines(std::string_view bytes, std::size_t cut) {
    JsonLines lines(decode_all);
    lines.feed(bytes.substr(0, cut));
    lines.feed(bytes.substr(cut));
    lines.finish();
}

}  // namespace

/// Whatever an engine sends, as an answer, as a line of a stream and as a time, is decoded or is an
/// EngineError. The last byte says where the stream is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string bytes(data, data + size - 1);
    wire::decode_time(bytes);
    wire::minor_of(bytes);
    const HttpResponse response{.status = 500, .body = bytes};
    refusal_of(response);
    try {
        decode_all(parse_body(response));
        id_of(response);
    } catch (const EngineError&) {
    }
    try {
        decode_lines(bytes, std::min<std::size_t>(data[size - 1], bytes.size()));
    } catch (const EngineError&) {
    }
    return 0;
}
