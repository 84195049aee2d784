#include "controller/clock.hpp"

#include <array>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <string_view>

namespace vectis::controller {
namespace {

using namespace std::chrono;

std::string text_of(Time time, bool is_precise) {
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    std::array<char, 64> out{};
    const int size = std::snprintf(
        out.data(),
        out.size(),
        "%04d-%02u-%02uT%02d:%02d:%02d",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count())
    );
    std::string text(out.data(), static_cast<std::size_t>(size));
    if (is_precise) {
        std::snprintf(
            out.data(), out.size(), ".%06d", static_cast<int>(clock.subseconds().count())
        );
        text += out.data();
    }
    return text + 'Z';
}

/// Reads a text from the left; once something is not as expected, it stays bad.
class Reader {
public:
    explicit Reader(std::string_view rest) : rest_(rest) {}

    /// Exactly so many digits.
    int digits(std::size_t count) {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const char c = next();
            if (c < '0' || c > '9') is_good_ = false;
            value = value * 10 + (c - '0');
        }
        return is_good_ ? value : 0;
    }
    void expect(char wanted) {
        if (next() != wanted) is_good_ = false;
    }
    /// ".123456789", of which the microseconds count; nothing is zero.
    microseconds fraction() {
        if (!starts_with('.')) return {};
        expect('.');
        int value = 0;
        std::size_t count = 0;
        for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; ++count) {
            const char c = next();
            if (count < 6) value = value * 10 + (c - '0');
        }
        if (count == 0 || count > 9) is_good_ = false;
        for (; count < 6; ++count) value *= 10;
        return microseconds(value);
    }
    /// "Z" or "+02:00": what has to be taken away to get UTC.
    minutes offset() {
        if (starts_with('Z')) {
            expect('Z');
            return {};
        }
        const char sign = next();
        if (sign != '+' && sign != '-') is_good_ = false;
        const int hour = digits(2);
        expect(':');
        const minutes offset = hours(hour) + minutes(digits(2));
        return sign == '-' ? -offset : offset;
    }
    bool is_done() const { return is_good_ && rest_.empty(); }

private:
    bool starts_with(char c) const { return !rest_.empty() && rest_.front() == c; }
    char next() {
        if (rest_.empty()) return '\0';
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    std::string_view rest_;
    bool is_good_ = true;
};

}  // namespace

Time SystemClock::now() const {
    return time_point_cast<Duration>(system_clock::now());
}

void SystemClock::sleep(Duration duration, std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, duration, [] { return false; });
}

std::string format_time(Time time) {
    return text_of(time, false);
}

std::string format_time_micro(Time time) {
    return text_of(time, true);
}

Time parse_time(const std::string& text) {
    Reader in(text);
    const year a_year(in.digits(4));
    in.expect('-');
    const month a_month(static_cast<unsigned>(in.digits(2)));
    in.expect('-');
    const year_month_day date(a_year, a_month, day(static_cast<unsigned>(in.digits(2))));
    in.expect('T');
    const int hour = in.digits(2);
    in.expect(':');
    const int minute = in.digits(2);
    in.expect(':');
    const int second = in.digits(2);
    const microseconds fraction = in.fraction();
    const minutes offset = in.offset();
    // A leap second is 60; it is the same instant as the second that follows.
    if (!in.is_done() || !date.ok() || hour > 23 || minute > 59 || second > 60) return {};
    return sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + fraction - offset;
}

}  // namespace vectis::controller
