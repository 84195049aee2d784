#ifndef SPDLOG_FMT_EXTERNAL
#define SPDLOG_FMT_EXTERNAL
#endif
#ifndef FMT_HEADER_ONLY
#define FMT_HEADER_ONLY
#endif
#include "controller/log.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

namespace vectis::controller::log {
namespace {

Format& chosen_format() {
    static Format format = Format::text;
    return format;
}

std::shared_ptr<spdlog::logger>& logger() {
    static std::shared_ptr<spdlog::logger> instance = [] {
        auto made = std::make_shared<spdlog::logger>(
            "vectis", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()
        );
        made->set_level(spdlog::level::warn);
        return made;
    }();
    return instance;
}

thread_local std::string reconcile_id;
thread_local int silences = 0;

spdlog::level::level_enum level_of(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warn:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
        case Level::off:
            break;
    }
    return spdlog::level::off;
}

/// Values come from outside too: none may end the line or move the terminal's cursor.
std::string printable(const std::string& value) {
    const bool is_plain = std::none_of(value.begin(), value.end(), [](unsigned char c) {
        return c < 0x20 || c == 0x7f;
    });
    return is_plain ? value : boost::json::serialize(boost::json::string(value));
}

std::string text_line(std::string_view message, std::initializer_list<Field> fields) {
    std::string out(message);
    for (const Field& field : fields) {
        out += "  " + std::string(field.name) + '=' + printable(field.value);
    }
    if (!reconcile_id.empty()) out += "  reconcile=" + reconcile_id;
    return out;
}

std::string json_members(std::string_view message, std::initializer_list<Field> fields) {
    boost::json::object out{{"message", message}};
    for (const Field& field : fields) out[field.name] = field.value;
    if (!reconcile_id.empty()) out["reconcile"] = reconcile_id;
    const std::string text = boost::json::serialize(out);
    return text.substr(1, text.size() - 2);
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
    const spdlog::level::level_enum wanted = level_of(level);
    if (silences > 0 || !logger()->should_log(wanted)) return;
    const std::string line = chosen_format() == Format::json ? json_members(message, fields)
                                                             : text_line(message, fields);
    logger()->log(wanted, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

Scope::Scope(std::string id) : before_(std::exchange(reconcile_id, std::move(id))) {}

Scope::~Scope() {
    reconcile_id = std::move(before_);
}

Silence::Silence() {
    ++silences;
}

Silence::~Silence() {
    --silences;
}

void configure(Level level, Format format, const std::string& path) {
    spdlog::sink_ptr sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    if (!path.empty()) sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
    logger() = std::make_shared<spdlog::logger>("vectis", std::move(sink));
    logger()->set_level(level_of(level));
    logger()->flush_on(spdlog::level::info);
    chosen_format() = format;
    if (format == Format::json)
        logger()->set_pattern(
            R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})", spdlog::pattern_time_type::utc
        );
    else
        logger()->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%-5l%$ %v", spdlog::pattern_time_type::utc);
}

void debug(std::string_view message, std::initializer_list<Field> fields) {
    write(Level::debug, message, fields);
}

void info(std::string_view message, std::initializer_list<Field> fields) {
    write(Level::info, message, fields);
}

void warn(std::string_view message, std::initializer_list<Field> fields) {
    write(Level::warn, message, fields);
}

void error(std::string_view message, std::initializer_list<Field> fields) {
    write(Level::error, message, fields);
}

}  // namespace vectis::controller::log
