#include "docker-client/operation.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace vectis::docker {
namespace {

constexpr std::array<std::string_view, 4> collections{"json", "create", "prune", "load"};

std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> out;
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        if (slash != 0) out.push_back(path.substr(0, slash));
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    }
    return out;
}

bool is_version(std::string_view segment) {
    return segment.size() > 1 && segment[0] == 'v' && segment[1] >= '0' && segment[1] <= '9';
}

}  // namespace

std::string operation_of(std::string_view method, std::string_view target) {
    std::vector<std::string_view> segments = segments_of(target.substr(0, target.find('?')));
    if (!segments.empty() && is_version(segments.front())) segments.erase(segments.begin());
    std::string out = std::string(method) + " /";
    if (segments.empty()) return out;
    out += segments.front();
    if (segments.size() == 1) return out;
    if (segments.size() == 2 &&
        std::find(collections.begin(), collections.end(), segments[1]) != collections.end())
        return out + '/' + std::string(segments[1]);
    // The name of an image has slashes of its own; what is asked of it comes last.
    out += "/{}";
    if (segments.size() > 2 && method != "DELETE") out += '/' + std::string(segments.back());
    return out;
}

}  // namespace vectis::docker
