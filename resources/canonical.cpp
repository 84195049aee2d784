#include "resources/canonical.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace vectis::resources {
namespace json = boost::json;
namespace {

void write(const json::value& value, std::string& out) {
    if (value.is_object()) {
        std::vector<std::string_view> names;
        for (const auto& [name, member] : value.as_object()) names.push_back(name);
        std::sort(names.begin(), names.end());
        out += '{';
        for (const std::string_view name : names) {
            if (out.back() != '{') out += ',';
            out += json::serialize(json::value(json::string(name))) + ':';
            write(value.as_object().at(name), out);
        }
        out += '}';
    } else if (value.is_array()) {
        out += '[';
        bool is_first = true;
        for (const json::value& item : value.as_array()) {
            if (!is_first) out += ',';
            is_first = false;
            write(item, out);
        }
        out += ']';
    } else if (value.is_double() && std::nearbyint(value.as_double()) == value.as_double() &&
               std::abs(value.as_double()) < 9e15) {
        out += std::to_string(static_cast<std::int64_t>(value.as_double()));
    } else {
        out += json::serialize(value);
    }
}

}  // namespace

std::string canonical(const json::value& value) {
    std::string out;
    write(value, out);
    return out;
}

std::string hash(const json::value& value) {
    const std::string text = canonical(value);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("SHA-256 failed");
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "v1:";
    for (std::size_t i = 0; i < 16; ++i) {
        out += digits[digest[i] >> 4U];
        out += digits[digest[i] & 15U];
    }
    return out;
}

}  // namespace vectis::resources
