#include "docker-client/wire.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace vectis::docker::wire {
namespace json = boost::json;
namespace {

const json::value nothing;

/// The digits at a place of a text, read from left to right; once something else stands there it
/// stays bad.
class Digits {
public:
    explicit Digits(std::string_view text) : text_(text) {}

    int number(std::size_t size) {
        int value = 0;
        for (const char c : take(size)) {
            if (c < '0' || c > '9') is_good_ = false;
            value = value * 10 + (c - '0');
        }
        return value;
    }
    int number_up_to(std::size_t size, int max) {
        const int value = number(size);
        if (value > max) is_good_ = false;
        return value;
    }
    void expect(char c) {
        if (take(1) != std::string_view(&c, 1)) is_good_ = false;
    }
    bool skip(char c) {
        if (!text_.starts_with(c)) return false;
        text_.remove_prefix(1);
        return true;
    }
    /// The digits after a decimal point, as nanoseconds.
    std::chrono::nanoseconds fraction() {
        std::string digits(text_.substr(0, text_.find_first_not_of("0123456789")));
        text_.remove_prefix(digits.size());
        if (digits.empty()) is_good_ = false;
        digits.resize(9, '0');
        return std::chrono::nanoseconds(Digits(digits).number(9));
    }
    bool is_good() const { return is_good_; }
    bool is_at_end() const { return text_.empty(); }

private:
    std::string_view take(std::size_t size) {
        const std::string_view taken = text_.substr(0, size);
        if (taken.size() < size) is_good_ = false;
        text_.remove_prefix(taken.size());
        return taken;
    }

    std::string_view text_;
    bool is_good_ = true;
};

/// "Z" or "+02:00"
std::chrono::minutes zone(Digits& digits) {
    if (digits.skip('Z')) return {};
    const bool is_behind = digits.skip('-');
    if (!is_behind) digits.expect('+');
    const std::chrono::hours hours(digits.number_up_to(2, 23));
    digits.expect(':');
    const std::chrono::minutes offset = hours + std::chrono::minutes(digits.number_up_to(2, 59));
    return is_behind ? -offset : offset;
}

}  // namespace

const json::value& member(const json::value& value, std::string_view name) {
    if (!value.is_object()) return nothing;
    const json::value* found = value.as_object().if_contains(name);
    return found == nullptr ? nothing : *found;
}

std::string text_at(const json::value& value, std::string_view name) {
    const json::value& found = member(value, name);
    return found.is_string() ? std::string(found.as_string()) : std::string{};
}

std::int64_t number_at(const json::value& value, std::string_view name) {
    const json::value& found = member(value, name);
    if (found.is_int64()) return found.as_int64();
    if (found.is_uint64()) return std::numeric_limits<std::int64_t>::max();
    if (!found.is_double()) return 0;
    return static_cast<std::int64_t>(std::clamp(found.as_double(), -9e15, 9e15));
}

Time decode_time(std::string_view text) {
    using namespace std::chrono;
    Digits digits(text);
    const year in_year(digits.number(4));
    digits.expect('-');
    const month in_month(static_cast<unsigned>(digits.number_up_to(2, 12)));
    digits.expect('-');
    const year_month_day date{
        in_year, in_month, day(static_cast<unsigned>(digits.number_up_to(2, 31)))
    };
    digits.expect('T');
    seconds time = hours(digits.number_up_to(2, 23));
    digits.expect(':');
    time += minutes(digits.number_up_to(2, 59));
    digits.expect(':');
    time += seconds(digits.number_up_to(2, 60));
    const nanoseconds fraction = digits.skip('.') ? digits.fraction() : nanoseconds(0);
    const minutes offset = zone(digits);
    // The engine writes year 1 for "never"; nanoseconds since 1970 end in 2262.
    const bool is_in_range = date.year() >= year(1970) && date.year() < year(2262);
    if (!digits.is_good() || !digits.is_at_end() || !date.ok() || !is_in_range) return {};
    return sys_days(date) + time - offset + fraction;
}

int minor_of(std::string_view version) {
    if (!version.starts_with("1.") || version.size() > 6) return 0;
    version.remove_prefix(2);
    Digits digits(version);
    const int minor = digits.number(version.size());
    return digits.is_good() ? minor : 0;
}

}  // namespace vectis::docker::wire
