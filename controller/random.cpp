#include "controller/random.hpp"

#include <sys/random.h>

#include <array>
#include <limits>
#include <stdexcept>
#include <string_view>

namespace vectis::controller {
namespace {

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

void put_hex(std::string& out, std::uint64_t value, int digits) {
    constexpr std::string_view hex = "0123456789abcdef";
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
        out += hex[(value >> static_cast<unsigned>(shift)) & 15U];
}

}  // namespace

std::uint64_t Random::below(std::uint64_t bound) {
    // Values of the last, incomplete range would favour small results.
    const std::uint64_t limit = std::numeric_limits<std::uint64_t>::max() -
                                std::numeric_limits<std::uint64_t>::max() % bound;
    std::uint64_t value = next();
    while (value >= limit) value = next();
    return value % bound;
}

std::string Random::text(std::size_t length) {
    std::string out;
    for (std::size_t i = 0; i < length; ++i) out += letters[below(letters.size())];
    return out;
}

std::string Random::uuid(Time now) {
    const auto milliseconds = static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count()
    );
    const std::uint64_t a = next();
    const std::uint64_t b = next();
    std::string out;
    put_hex(out, milliseconds >> 16U, 8);
    out += '-';
    put_hex(out, milliseconds, 4);
    out += "-7";
    put_hex(out, a, 3);
    out += '-';
    put_hex(out, 8U | (b >> 62U), 1);
    put_hex(out, b >> 48U, 3);
    out += '-';
    put_hex(out, b, 12);
    return out;
}

std::uint64_t SystemRandom::next() {
    std::uint64_t value = 0;
    if (getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value))
        throw std::runtime_error("the kernel gives no random bytes");
    return value;
}

}  // namespace vectis::controller
