#include "reconcilers/core/template.hpp"

#include "reconcilers/core/quote.hpp"
#include "resources/canonical.hpp"

#include <boost/json/serialize.hpp>

namespace vectis::reconcilers {
namespace {

constexpr std::string_view secret_prefix = "secret:";

/// What stands in `${…}`; nothing: leave it as it is.
using Replace = std::function<
    std::optional<std::string>(std::string_view name, std::vector<std::string>& errors)>;

Rendered replace_all(std::string_view text, const Replace& replace) {
    Rendered out;
    while (!text.empty()) {
        const std::size_t start = text.find("${");
        const std::size_t end = start == std::string_view::npos ? start : text.find('}', start);
        if (end == std::string_view::npos) break;
        out.text.append(text.substr(0, start));
        const std::optional<std::string> value =
            replace(text.substr(start + 2, end - start - 2), out.errors);
        out.text.append(value ? std::string_view(*value) : text.substr(start, end - start + 1));
        text.remove_prefix(end + 1);
    }
    out.text.append(text);
    return out;
}

std::string plain(const boost::json::value& value) {
    if (value.is_string()) return std::string(value.as_string());
    return resources::canonical(value);
}

}  // namespace

Rendered render(std::string_view text, const TemplateValues& values, resources::FileFormat format) {
    return replace_all(
        text,
        [&](std::string_view name, std::vector<std::string>& errors) -> std::optional<std::string> {
            if (name.starts_with(secret_prefix)) return std::nullopt;
            const auto value = values.find(std::string(name));
            if (value == values.end()) {
                errors.push_back("unknown name '" + std::string(name) + "'");
                return std::nullopt;
            }
            // Numbers and booleans are written alike everywhere; texts need the format's quotes.
            if (!value->second.is_string()) return plain(value->second);
            std::optional<std::string> quoted = quote(format, plain(value->second));
            if (!quoted)
                errors.push_back(
                    "the value of '" + std::string(name) + "' cannot be written in this format"
                );
            return quoted;
        }
    );
}

Rendered render_yaml(std::string_view text, const TemplateValues& values) {
    return replace_all(
        text,
        [&](std::string_view name, std::vector<std::string>& errors) -> std::optional<std::string> {
            if (name.starts_with(secret_prefix)) return std::nullopt;
            const auto value = values.find(std::string(name));
            if (value != values.end()) return boost::json::serialize(value->second);
            errors.push_back("unknown name '" + std::string(name) + "'");
            return std::nullopt;
        }
    );
}

Rendered resolve_secrets(
    std::string_view text, resources::FileFormat format, const SecretLookup& lookup
) {
    return replace_all(
        text,
        [&](std::string_view name, std::vector<std::string>& errors) -> std::optional<std::string> {
            if (!name.starts_with(secret_prefix)) return std::nullopt;
            const std::string reference(name.substr(secret_prefix.size()));
            const std::optional<std::string> value = lookup(reference);
            if (!value) {
                errors.push_back("secret " + reference + " does not exist");
                return std::nullopt;
            }
            std::optional<std::string> quoted = quote(format, *value);
            if (!quoted)
                errors.push_back("secret " + reference + " cannot be written in this format");
            return quoted;
        }
    );
}

}  // namespace vectis::reconcilers
