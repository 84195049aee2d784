#include "reconcilers/core/quote.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace vectis::reconcilers {
namespace {

bool has_control(std::string_view value) {
    for (const char c : value) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
    }
    return false;
}

/// postconf(5): a value runs to the end of the line, spaces around it are lost, `$` begins a
/// parameter and `$$` is one `$`.
std::optional<std::string> postfix(std::string_view value) {
    if (has_control(value) || (!value.empty() && (value.front() == ' ' || value.back() == ' ')))
        return std::nullopt;
    std::string out;
    for (const char c : value) {
        if (c == '$') out += '$';
        out += c;
    }
    return out;
}

/// In double quotes with backslashes; `%` and `$` begin expansions, which a quoted value cannot
/// hold safely.
std::optional<std::string> dovecot(std::string_view value) {
    if (has_control(value) || value.find_first_of("%$") != std::string_view::npos)
        return std::nullopt;
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

/// valkey.conf: double quotes with C escapes.
std::optional<std::string> valkey(std::string_view value) {
    if (has_control(value)) return std::nullopt;
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

/// libpq's password file: `:` and `\` are escaped.
std::optional<std::string> pgpass(std::string_view value) {
    if (has_control(value)) return std::nullopt;
    std::string out;
    for (const char c : value) {
        if (c == ':' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

}  // namespace

std::optional<std::string> quote(resources::FileFormat format, std::string_view value) {
    if (value.find('\0') != std::string_view::npos) return std::nullopt;
    switch (format) {
        case resources::FileFormat::text:
            return std::string(value);
        case resources::FileFormat::postfix:
            return postfix(value);
        case resources::FileFormat::dovecot:
            return dovecot(value);
        case resources::FileFormat::ucl:
            return boost::json::serialize(boost::json::value(boost::json::string(value)));
        case resources::FileFormat::valkey:
            return valkey(value);
        case resources::FileFormat::pgpass:
            return pgpass(value);
    }
    return std::nullopt;
}

}  // namespace vectis::reconcilers
