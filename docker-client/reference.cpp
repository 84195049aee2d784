#include "docker-client/reference.hpp"

#include <algorithm>

namespace vectis::docker {
namespace {

constexpr std::size_t id_size = 64;

}  // namespace

ImageReference parse_reference(const std::string& text) {
    ImageReference out;
    const std::size_t at = text.find('@');
    out.name = text.substr(0, at);
    if (at != std::string::npos) out.digest = text.substr(at + 1);
    // A colon before the last slash belongs to the port of a registry.
    const std::size_t slash = out.name.rfind('/');
    const std::size_t colon = out.name.find(':', slash == std::string::npos ? 0 : slash);
    if (colon != std::string::npos) {
        out.tag = out.name.substr(colon + 1);
        out.name.resize(colon);
    }
    return out;
}

bool may_be_short_id(const std::string& text) {
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return !text.empty() && text.size() < id_size && std::ranges::all_of(text, is_digit);
}

std::string exact_image(const std::string& reference) {
    return may_be_short_id(reference) ? reference + ":latest" : reference;
}

}  // namespace vectis::docker
