#include "resources/checks.hpp"

#include "resources/text.hpp"

#include <charconv>

namespace vectis::resources {

bool Subnet::contains(std::uint32_t host) const {
    if (bits == 0) return true;
    const std::uint32_t mask = ~std::uint32_t{0} << static_cast<unsigned>(32 - bits);
    return (host & mask) == (address & mask);
}

std::optional<std::uint32_t> parse_address(std::string_view text) {
    std::uint32_t out = 0;
    for (int part = 0; part < 4; ++part) {
        const std::size_t dot = part < 3 ? text.find('.') : text.size();
        if (dot == std::string_view::npos || dot == 0 || dot > 3) return std::nullopt;
        unsigned value = 0;
        const std::string_view digits = text.substr(0, dot);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc{} || end != digits.data() + digits.size() || value > 255)
            return std::nullopt;
        out = out << 8U | value;
        text.remove_prefix(part < 3 ? dot + 1 : dot);
    }
    return out;
}

std::optional<Subnet> parse_subnet(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::optional<std::uint32_t> address = parse_address(text.substr(0, slash));
    int bits = -1;
    const auto [end, error] =
        std::from_chars(text.data() + slash + 1, text.data() + text.size(), bits);
    if (!address || error != std::errc{} || end != text.data() + text.size() || bits < 0 ||
        bits > 32)
        return std::nullopt;
    return Subnet{*address, bits};
}

bool is_local_part(std::string_view text) {
    return matches(text, "[a-z0-9_'-]([a-z0-9._'-]{0,62}[a-z0-9_'-])?") &&
           text.find("..") == std::string_view::npos;
}

bool is_domain_name(std::string_view text) {
    return text.size() <= 253 &&
           matches(
               text, "([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])"
           );
}

bool is_mail_address(std::string_view text) {
    const std::size_t at = text.rfind('@');
    return at != std::string_view::npos && is_local_part(text.substr(0, at)) &&
           is_domain_name(text.substr(at + 1));
}

bool is_label(std::string_view text) {
    return matches(text, "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
}

}  // namespace vectis::resources
