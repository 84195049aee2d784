#include "docker-client/ndjson.hpp"

#include <boost/json/parse.hpp>

#include <stdexcept>

namespace vectis::docker {
namespace {

constexpr std::size_t line_size_max = 1 << 20;

}  // namespace

void JsonLines::feed(std::string_view bytes) {
    for (std::size_t end = bytes.find('\n'); end != std::string_view::npos;
         end = bytes.find('\n')) {
        rest_.append(bytes.substr(0, end));
        bytes.remove_prefix(end + 1);
        take_line(rest_);
        rest_.clear();
    }
    rest_.append(bytes);
    if (rest_.size() > line_size_max)
        throw std::runtime_error("the engine sent a line of more than 1 MiB");
}

void JsonLines::finish() {
    take_line(rest_);
    rest_.clear();
}

void JsonLines::take_line(std::string_view line) {
    if (line.size() > line_size_max)
        throw std::runtime_error("the engine sent a line of more than 1 MiB");
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(line, error);
    if (error)
        throw std::runtime_error("the engine sent a line that is no JSON: " + error.message());
    sink_(value);
}

}  // namespace vectis::docker
