#include "resources/text.hpp"
#include "resources/yaml.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <cmath>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace vectis::resources {
namespace json = boost::json;
namespace {

constexpr std::size_t input_size_max = 10U << 20U;
constexpr std::size_t scalar_size_max = 1U << 20U;
constexpr std::size_t depth_max = 32;
constexpr std::size_t nodes_max = 200'000;

/// Something that ends the reading, with its place.
struct Refused {
    Position position{};
    std::string path{};
    std::string message{};
};

Position position_of(const YAML::Mark& mark) {
    return {mark.line + 1, mark.column + 1};
}

bool is_json_number(std::string_view text) {
    return matches(text, "-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
}

json::value plain_scalar(std::string_view text) {
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
        return nullptr;
    if (text == "true") return true;
    if (text == "false") return false;
    if (text.size() <= 40 && is_json_number(text)) {
        boost::system::error_code error;
        json::value number = json::parse(text, error);
        const bool is_finite = !number.is_double() || std::isfinite(number.as_double());
        if (!error && is_finite) return number;
    }
    return json::string(text);
}

/// Builds JSON from yaml-cpp's events, which show what its documents hide: duplicate keys, aliases
/// and tags.
class Builder final : public YAML::EventHandler {
public:
    explicit Builder(std::vector<Document>& documents) : documents_(documents) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        levels_.clear();
        start_ = position_of(mark);
        document_ = {};
        has_root_ = false;
    }
    void OnDocumentEnd() override {
        if (has_root_) documents_.push_back(std::move(document_));
        document_ = {};
        has_root_ = false;
    }
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
        put(nullptr, position_of(mark));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        refuse(mark, "aliases (*name) are not supported; write the value out");
    }
    void OnScalar(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value
    ) override {
        if (value.size() > scalar_size_max) refuse(mark, "this text is longer than 1 MiB");
        check_tag(mark, tag);
        const bool is_plain = tag == "?" || tag.empty();
        if (is_at_key()) return take_key(mark, value);
        put(is_plain ? plain_scalar(value) : json::value(json::string(value)), position_of(mark));
    }
    void OnSequenceStart(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value
    ) override {
        check_tag(mark, tag);
        open(mark, json::array{});
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value
    ) override {
        check_tag(mark, tag);
        open(mark, json::object{});
    }
    void OnMapEnd() override { close(); }

private:
    struct Level {
        json::value value{};
        std::string path{};
        std::optional<std::string> key{};
    };

    bool is_at_key() const {
        return !levels_.empty() && levels_.back().value.is_object() && !levels_.back().key;
    }

    [[noreturn]] void refuse(const YAML::Mark& mark, const std::string& message) const {
        throw Refused{position_of(mark), levels_.empty() ? "" : levels_.back().path, message};
    }

    void check_tag(const YAML::Mark& mark, const std::string& tag) const {
        if (!tag.empty() && tag != "?" && tag != "!")
            refuse(mark, "tags (" + tag + ") are not supported");
    }

    void count(const YAML::Mark& mark) {
        if (++nodes_ > nodes_max) refuse(mark, "more than 200,000 values in one file");
    }

    void take_key(const YAML::Mark& mark, const std::string& key) {
        count(mark);
        Level& level = levels_.back();
        if (level.value.as_object().contains(key))
            throw Refused{position_of(mark), level.path, "'" + key + "' stands here twice"};
        level.key = key;
        document_.positions[level.path + '/' + pointer_token(key)] = position_of(mark);
    }

    std::string child_path() const {
        if (levels_.empty()) return {};
        const Level& level = levels_.back();
        if (level.value.is_array())
            return level.path + '/' + std::to_string(level.value.as_array().size());
        return level.path + '/' + pointer_token(*level.key);
    }

    void open(const YAML::Mark& mark, json::value empty) {
        count(mark);
        if (levels_.size() >= depth_max) refuse(mark, "nested deeper than 32 levels");
        if (is_at_key()) refuse(mark, "a key must be a text");
        std::string path = child_path();
        document_.positions.emplace(path, position_of(mark));
        levels_.push_back({std::move(empty), std::move(path), std::nullopt});
    }

    void close() {
        Level done = std::move(levels_.back());
        levels_.pop_back();
        place(std::move(done.value));
    }

    void put(json::value value, Position position) {
        if (++nodes_ > nodes_max)
            throw Refused{position, {}, "more than 200,000 values in one file"};
        if (is_at_key()) throw Refused{position, levels_.back().path, "a key must be a text"};
        document_.positions.emplace(child_path(), position);
        place(std::move(value));
    }

    void place(json::value value) {
        if (levels_.empty()) {
            if (value.is_null()) return;  // an empty document
            if (!value.is_object())
                throw Refused{
                    start_,
                    {},
                    "a document must be a mapping with apiVersion, kind, metadata and spec"
                };
            document_.value = std::move(value.as_object());
            has_root_ = true;
            return;
        }
        Level& level = levels_.back();
        if (level.value.is_array()) {
            level.value.as_array().push_back(std::move(value));
        } else {
            level.value.as_object()[*level.key] = std::move(value);
            level.key.reset();
        }
    }

    std::vector<Document>& documents_;
    std::vector<Level> levels_;
    Document document_{};
    Position start_{};
    bool has_root_ = false;
    std::size_t nodes_ = 0;
};

std::optional<FieldError> problem_of(std::string_view text, const std::string& file) {
    if (text.size() > input_size_max)
        return FieldError{.file = file, .message = "the file is larger than 10 MiB"};
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
        const int line = 1 + static_cast<int>(std::count(
                                 text.begin(), text.begin() + static_cast<std::ptrdiff_t>(nul), '\n'
                             ));
        return FieldError{
            .file = file, .line = line, .column = 1, .message = "a NUL byte: this is no text file"
        };
    }
    if (!is_valid_utf8(text)) return FieldError{.file = file, .message = "the file is not UTF-8"};
    return std::nullopt;
}

/// yaml-cpp recurses with the nesting; an early look at the brackets keeps hostile input from using
/// up the stack.
bool is_nested_too_deep(std::string_view text) {
    std::size_t depth = 0;
    for (const char c : text) {
        if (c == '[' || c == '{')
            ++depth;
        else if ((c == ']' || c == '}') && depth > 0)
            --depth;
        else if (c == '\n')
            continue;
        if (depth > 1000) return true;
    }
    return false;
}

}  // namespace

ParsedYaml parse_yaml(std::string_view text, const std::string& file) {
    ParsedYaml out;
    if (std::optional<FieldError> problem = problem_of(text, file)) {
        out.errors.push_back(std::move(*problem));
        return out;
    }
    if (is_nested_too_deep(text)) {
        out.errors.push_back({.file = file, .message = "nested deeper than 32 levels"});
        return out;
    }
    try {
        std::istringstream input{std::string(text)};
        YAML::Parser parser(input);
        Builder builder(out.documents);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const Refused& refused) {
        out.errors.push_back(
            {file, refused.position.line, refused.position.column, refused.path, refused.message}
        );
    } catch (const YAML::Exception& error) {
        const Position position = position_of(error.mark);
        out.errors.push_back({file, position.line, position.column, {}, error.msg});
    }
    return out;
}

}  // namespace vectis::resources
