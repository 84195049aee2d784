#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vectis::resources {

/// An IPv4 network.
struct Subnet {
    std::uint32_t address = 0;
    int bits = 0;

    bool contains(std::uint32_t host) const;
};

/// Nothing if it is no IPv4 address or CIDR.
std::optional<std::uint32_t> parse_address(std::string_view text);
std::optional<Subnet> parse_subnet(std::string_view text);

/// A mail address local@domain in lower case, as Vectis stores them.
bool is_mail_address(std::string_view text);
bool is_local_part(std::string_view text);
bool is_domain_name(std::string_view text);
/// A DNS label, the form of platform objects' names.
bool is_label(std::string_view text);

}  // namespace vectis::resources
