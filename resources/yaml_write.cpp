#include "resources/text.hpp"
#include "resources/yaml.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace vectis::resources {
namespace json = boost::json;
namespace {

/// Texts that read back as themselves without quotes.
bool is_plain(std::string_view text) {
    if (!matches(text, "[A-Za-z_/.][A-Za-z0-9_/.@+=,() -]*") || text.back() == ' ' ||
        text.size() > 200)
        return false;
    for (const std::string_view word :
         {"null", "Null", "NULL", "true", "false", "True", "False", "TRUE", "FALSE",
          "yes",  "no",   "on",   "off",  "Yes",   "No",   "On",    "Off",  "y",
          "n",    "Y",    "N",    ".nan", ".inf",  ".NaN", ".Inf"}) {
        if (text == word) return false;
    }
    return text != "---" && text != "..." && text.find(" #") == std::string_view::npos;
}

bool is_block(std::string_view text) {
    if (text.size() < 2 || text.find('\n') == std::string_view::npos || text.back() != '\n' ||
        text.front() == ' ' || text.front() == '\n' || text.front() == '\t')
        return false;
    if (text[text.size() - 2] == '\n') return false;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\n' && c != '\t') || byte >= 0x7F) return false;
    }
    return text.find(" \n") == std::string_view::npos && text.find('\t') == std::string_view::npos;
}

std::string scalar(const json::value& value) {
    if (value.is_string()) {
        const std::string_view text(value.as_string().data(), value.as_string().size());
        if (!text.empty() && is_plain(text)) return std::string(text);
    }
    return json::serialize(value);
}

class Writer {
public:
    void write(const json::value& value, std::size_t indent) {
        if (value.is_object() && !value.as_object().empty())
            write_object(value.as_object(), indent);
        else if (value.is_array() && !value.as_array().empty())
            write_array(value.as_array(), indent);
        else
            out_ += scalar(value) + '\n';
    }
    std::string take() { return std::move(out_); }

private:
    static bool is_nested(const json::value& value) {
        return (value.is_object() && !value.as_object().empty()) ||
               (value.is_array() && !value.as_array().empty());
    }

    void write_member(const json::value& value, std::size_t indent) {
        if (value.is_string()) {
            const std::string_view text(value.as_string().data(), value.as_string().size());
            if (is_block(text)) return write_block(text, indent);
        }
        if (!is_nested(value)) {
            out_ += ' ' + scalar(value) + '\n';
            return;
        }
        out_ += '\n';
        write(value, indent);
    }

    void write_block(std::string_view text, std::size_t indent) {
        out_ += " |\n";
        while (!text.empty()) {
            const std::size_t end = text.find('\n');
            if (end > 0) out_ += std::string(indent, ' ') + std::string(text.substr(0, end));
            out_ += '\n';
            text.remove_prefix(end + 1);
        }
    }

    void write_object(const json::object& object, std::size_t indent) {
        bool is_first = true;
        for (const auto& [name, value] : object) {
            if (!is_first || !inline_) out_ += std::string(indent, ' ');
            is_first = false;
            inline_ = false;
            out_ += scalar(json::value(json::string(name))) + ':';
            write_member(value, value.is_array() ? indent : indent + 2);
        }
    }

    void write_array(const json::array& array, std::size_t indent) {
        for (const json::value& value : array) {
            out_ += std::string(indent, ' ') + '-';
            if (value.is_object() && !value.as_object().empty()) {
                out_ += ' ';
                inline_ = true;
                write_object(value.as_object(), indent + 2);
            } else {
                write_member(value, indent + 2);
            }
        }
    }

    std::string out_;
    bool inline_ = false;  ///< the first member stands behind a dash
};

}  // namespace

std::string to_yaml(const json::value& value) {
    Writer writer;
    writer.write(value, 0);
    return writer.take();
}

}  // namespace vectis::resources
