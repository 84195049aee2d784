#include "api/http.hpp"

#include <boost/json/serialize.hpp>
#include <boost/url/params_view.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/segments_view.hpp>
#include <boost/url/url_view.hpp>

namespace vectis::api {

std::string Request::parameter(std::string_view name) const {
    const auto found = query.find(std::string(name));
    return found == query.end() ? std::string() : found->second;
}

bool Request::flag(std::string_view name) const {
    const auto found = query.find(std::string(name));
    if (found == query.end()) return false;
    return found->second.empty() || found->second == "1" || found->second == "true";
}

Response json_response(const boost::json::value& value, int status) {
    return {
        .status = status,
        .content_type = "application/json",
        .body = boost::json::serialize(value),
        .stream = {}
    };
}

std::optional<Request> parse_target(std::string_view target) {
    constexpr std::size_t most_parts = 64;
    const auto parsed = boost::urls::parse_origin_form({target.data(), target.size()});
    if (!parsed) return std::nullopt;
    const boost::urls::url_view& url = *parsed;
    if (url.segments().size() > most_parts || url.params().size() > most_parts) return std::nullopt;
    Request request;
    for (const auto& segment : url.segments()) {
        const std::string text(segment.data(), segment.size());
        if (!text.empty()) request.segments.push_back(text);
    }
    for (const auto& parameter : url.params()) {
        const auto& key = parameter.key;
        const auto& value = parameter.value;
        request.query.insert_or_assign(
            std::string(key.data(), key.size()), std::string(value.data(), value.size())
        );
    }
    return request;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string out;
    for (const char c : text) {
        if (plain.find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

}  // namespace vectis::api
