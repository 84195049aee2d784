#include "docker-client/answers.hpp"

#include "docker-client/wire.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace vectis::docker {
namespace {

constexpr std::size_t message_size_max = 2000;

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

RefusalReason reason_of(int status, std::string_view message) {
    for (const char* text :
         {"port is already allocated", "address already in use", "ports are not available"}) {
        if (contains(message, text)) return RefusalReason::port_in_use;
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

/// The start of a text, not cut inside of a UTF-8 character.
std::string shortened(std::string_view text) {
    if (text.size() <= message_size_max) return std::string(text);
    std::size_t size = message_size_max;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
    return std::string(text.substr(0, size));
}

std::string message_of(const HttpResponse& response) {
    boost::system::error_code error;
    const boost::json::value body = boost::json::parse(response.body, error);
    std::string message = error ? std::string{} : wire::text_at(body, "message");
    if (!message.empty()) return message;
    return "HTTP " + std::to_string(response.status) + ' ' + response.body;
}

}  // namespace

Refusal refusal_of(const HttpResponse& response) {
    const std::string message = message_of(response);
    // Docker says so for addresses that it does not know; nothing is missing then but a feature.
    const int status = response.status == 404 && !is_missing(response) ? 0 : response.status;
    return {reason_of(status, message), shortened(message)};
}

Refusal refusal_of(std::string_view message) {
    return {reason_of(0, message), shortened(message)};
}

boost::json::value parse_body(const HttpResponse& response) {
    boost::system::error_code error;
    boost::json::value value = boost::json::parse(response.body, error);
    if (error) {
        throw EngineError(
            EngineError::Outcome::unknown, "the engine's answer is no JSON: " + error.message()
        );
    }
    return value;
}

std::string id_of(const HttpResponse& response) {
    std::string id = wire::text_at(parse_body(response), "Id");
    if (id.empty()) {
        throw EngineError(EngineError::Outcome::unknown, "the engine's answer has no Id");
    }
    return id;
}

bool is_missing(const HttpResponse& response) {
    return response.status == 404 && !contains(response.body, "page not found");
}

bool refuses_with(const HttpResponse& response, std::string_view text) {
    return !is_success(response) && contains(response.body, text);
}

Result<Effect> effect_of(const HttpResponse& response, int unchanged_status) {
    if (is_success(response)) return Effect::changed;
    const bool is_unchanged =
        unchanged_status == 404 ? is_missing(response) : response.status == unchanged_status;
    if (is_unchanged) return Effect::unchanged;
    return refusal_of(response);
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

std::string to_query(Time time) {
    constexpr std::int64_t second = 1'000'000'000;
    const std::int64_t nanoseconds = std::max<std::int64_t>(time.time_since_epoch().count(), 0);
    std::string fraction = std::to_string(nanoseconds % second);
    fraction.insert(0, 9 - fraction.size(), '0');
    return std::to_string(nanoseconds / second) + '.' + fraction;
}

}  // namespace vectis::docker
