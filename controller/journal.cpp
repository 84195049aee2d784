#include "controller/journal.hpp"

#include "controller/log.hpp"
#include "resources/text.hpp"

#include <boost/crc.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <map>
#include <optional>
#include <string_view>

namespace vectis::controller {
namespace json = boost::json;
namespace {

constexpr const char* snapshot_name = "snapshot.json";
constexpr const char* log_name = "log.jsonl";
constexpr std::size_t log_size_max = 4U << 20U;

std::string checksum(std::string_view text) {
    boost::crc_32_type crc;
    crc.process_bytes(text.data(), text.size());
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (int shift = 28; shift >= 0; shift -= 4)
        out += digits[(crc.checksum() >> static_cast<unsigned>(shift)) & 15U];
    return out;
}

std::string record_of(const json::object& content) {
    // A line that is no UTF-8 could not be read again, and what cannot be read stops the next
    // start.
    const std::string text = resources::to_utf8(json::serialize(content));
    return checksum(text) + ' ' + text + '\n';
}

/// The content of one line, or nothing if it is damaged.
std::optional<json::object> content_of(std::string_view line) {
    if (line.size() < 10 || line[8] != ' ' || checksum(line.substr(9)) != line.substr(0, 8))
        return std::nullopt;
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = 64;
    json::value value = json::parse(line.substr(9), error, {}, options);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.as_object());
}

std::int64_t version_in(const json::object& content) {
    const json::value* version = content.if_contains("version");
    return version != nullptr && version->is_int64() ? version->as_int64() : 0;
}

struct Building {
    std::map<resources::ObjectKey, resources::Object> objects{};
    std::int64_t version = 0;
};

void apply(Building& building, const json::object& record) {
    const json::value* object = record.if_contains("object");
    if (object == nullptr || !object->is_object()) return;
    resources::Object decoded = resources::from_json(object->as_object());
    const resources::ObjectKey key = resources::key_of(decoded);
    if (record.contains("deleted"))
        building.objects.erase(key);
    else
        building.objects[key] = std::move(decoded);
    building.version = version_in(record);
}

void load_snapshot(Building& building, const std::string& text) {
    const std::string_view line = std::string_view(text).substr(0, text.find('\n'));
    const std::optional<json::object> content = content_of(line);
    if (!content)
        throw StoreError(
            std::string("state/") + snapshot_name + " is damaged: restore it from a backup"
        );
    building.version = version_in(*content);
    const json::value* objects = content->if_contains("objects");
    if (objects == nullptr || !objects->is_array()) return;
    for (const json::value& object : objects->as_array()) {
        if (!object.is_object()) continue;
        resources::Object decoded = resources::from_json(object.as_object());
        building.objects[resources::key_of(decoded)] = std::move(decoded);
    }
}

/// Applies whole records; returns the length of the part that is good.
std::size_t load_log(Building& building, std::string_view log) {
    std::size_t good = 0;
    while (good < log.size()) {
        const std::size_t end = log.find('\n', good);
        const bool is_last = end == std::string_view::npos || end + 1 == log.size();
        const std::optional<json::object> content =
            end == std::string_view::npos ? std::nullopt : content_of(log.substr(good, end - good));
        if (!content && !is_last)
            throw StoreError(
                std::string("state/") + log_name + " is damaged at byte " + std::to_string(good) +
                ": restore it from a backup"
            );
        if (!content) return good;
        // After a crash between writing a snapshot and clearing the log, the log's records are
        // older than the snapshot.
        if (version_in(*content) > building.version) apply(building, *content);
        good = end + 1;
    }
    return good;
}

}  // namespace

DiskJournal::DiskJournal(Disk& disk) : disk_(disk), compact_at_(log_size_max) {}

void DiskJournal::write(const Change& change) {
    json::object content{
        {"version", change.version}, {"object", resources::to_json(change.object)}
    };
    if (change.type == Change::Type::deleted) content["deleted"] = true;
    const std::string record = record_of(content);
    if (is_damaged_) {
        disk_.truncate(log_name, log_size_);
        is_damaged_ = false;
    }
    is_damaged_ = true;
    disk_.append(log_name, record);
    is_damaged_ = false;
    log_size_ += record.size();
}

bool DiskJournal::is_long() const {
    return log_size_ >= compact_at_;
}

void DiskJournal::compact(const ObjectList& all) {
    // Should it fail, as on a full disk, it is not tried again at every write.
    compact_at_ = log_size_ + log_size_max;
    json::array objects;
    for (const resources::Object& object : all.items) objects.push_back(resources::to_json(object));
    disk_.replace(
        snapshot_name, record_of({{"version", all.version}, {"objects", std::move(objects)}})
    );
    disk_.replace(log_name, "");
    log_size_ = 0;
    compact_at_ = log_size_max;
}

Journal::Content DiskJournal::load() {
    Building building;
    if (const std::optional<std::string> snapshot = disk_.read(snapshot_name))
        load_snapshot(building, *snapshot);
    if (const std::optional<std::string> log = disk_.read(log_name)) {
        log_size_ = load_log(building, *log);
        if (log_size_ < log->size()) {
            log::warn(
                "an unfinished record at the end of the state log was cut away",
                {{"bytes", std::to_string(log->size() - log_size_)}}
            );
            disk_.truncate(log_name, log_size_);
        }
    }
    Content content;
    content.version = building.version;
    for (auto& [key, object] : building.objects) content.objects.push_back(std::move(object));
    return content;
}

}  // namespace vectis::controller
