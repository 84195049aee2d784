#include "controller/clock.hpp"

#include <array>
#include <charconv>
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
        out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count())
    );
    std::string text(out.data(), static_cast<std::size_t>(size));
    if (is_precise) {
        std::snprintf(out.data(), out.size(), ".%06d", static_cast<int>(clock.subseconds().count()));
        text += out.data();
    }
    return text + 'Z';
}

int number(std::string_view digits) {
    int value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

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
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return {};
    const std::string_view in = text;
    const year_month_day date{year(number(in.substr(0, 4))), month(static_cast<unsigned>(number(in.substr(5, 2)))), day(static_cast<unsigned>(number(in.substr(8, 2))))};
    if (!date.ok()) return {};
    Time time = sys_days(date) + hours(number(in.substr(11, 2))) + minutes(number(in.substr(14, 2))) + seconds(number(in.substr(17, 2)));
    if (in[19] == '.') {
        std::string digits(in.substr(20, in.find_first_not_of("0123456789", 20) - 20));
        digits.resize(6, '0');
        time += microseconds(number(digits));
    }
    return time;
}

}  // namespace vectis::controller
