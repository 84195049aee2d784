#include "docker-client/ndjson.hpp"

#include "docker-client/error.hpp"

#include <boost/json/parse.hpp>

namespace vectis::docker {
namespace {

constexpr std::size_t line_size_max = 1U << 20U;

void check_size(std::size_t size) {
    if (size <= line_size_max) return;
    throw EngineError(EngineError::Outcome::unknown, "the engine sent a line of more than 1 MiB");
}

}  // namespace

void JsonLines::feed(std::string_view bytes) {
    for (std::size_t end = bytes.find('\n'); end != std::string_view::npos;
         end = bytes.find('\n')) {
        check_size(rest_.size() + end);
        rest_.append(bytes.substr(0, end));
        bytes.remove_prefix(end + 1);
        take_line(rest_);
        rest_.clear();
    }
    check_size(rest_.size() + bytes.size());
    rest_.append(bytes);
}

void JsonLines::finish() {
    take_line(rest_);
    rest_.clear();
}

void JsonLines::take_line(std::string_view line) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(line, error);
    if (error) {
        throw EngineError(
            EngineError::Outcome::unknown,
            "the engine sent a line that is no JSON: " + error.message()
        );
    }
    sink_(value);
}

}  // namespace vectis::docker
