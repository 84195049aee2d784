#include "docker-client/answers.hpp"

#include "docker-client/wire.hpp"

#include <boost/json/parse.hpp>

namespace vectis::docker {
namespace {

constexpr std::size_t message_size_max = 2000;

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

RefusalReason reason_of(int status, std::string_view message) {
    if (contains(message, "port is already allocated") ||
        contains(message, "address already in use") ||
        contains(message, "ports are not available")) {
        return RefusalReason::port_in_use;
    }
    if (contains(message, "no space left on device")) return RefusalReason::no_space;
    switch (status) {
        case 400:
            return RefusalReason::invalid;
        case 401:
        case 403:
            return RefusalReason::forbidden;
        case 404:
            return RefusalReason::not_found;
        case 409:
            return RefusalReason::conflict;
        default:
            return RefusalReason::failed;
    }
}

}  // namespace

Refusal refusal_of(const HttpResponse& response) {
    boost::system::error_code error;
    const boost::json::value body = boost::json::parse(response.body, error);
    std::string message = error ? std::string{} : wire::text_at(body, "message");
    if (message.empty()) message = "HTTP " + std::to_string(response.status) + ' ' + response.body;
    message.resize(std::min(message.size(), message_size_max));
    return {reason_of(response.status, message), message};
}

Refusal refusal_of(std::string_view message) {
    return {reason_of(0, message), std::string(message.substr(0, message_size_max))};
}

boost::json::value parse_body(const HttpResponse& response) {
    boost::system::error_code error;
    boost::json::value value = boost::json::parse(response.body, error);
    if (error)
        throw EngineError(
            EngineError::Outcome::unknown, "the engine's answer is no JSON: " + error.message()
        );
    return value;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                              c == '~';
        if (is_plain) {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4U];
            out += digits[byte & 15U];
        }
    }
    return out;
}

}  // namespace vectis::docker
