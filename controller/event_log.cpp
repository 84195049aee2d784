#include "controller/event_log.hpp"

#include "controller/log.hpp"
#include "controller/store.hpp"
#include "resources/access.hpp"
#include "resources/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace vectis::controller {
namespace json = boost::json;
namespace {

constexpr const char* file_name = "events.json";
constexpr std::size_t events_max = 2000;
constexpr std::size_t message_size_max = 1024;
constexpr std::size_t unwritten_max = 200;
constexpr Duration window = std::chrono::minutes(10);

/// Adds an event or counts a repeated one up.
void add(std::deque<Event>& events, std::int64_t& sequence, Event event) {
    event.sequence = ++sequence;
    const auto same = std::find_if(events.rbegin(), events.rend(), [&](const Event& e) {
        return e.object == event.object && e.uid == event.uid && e.reason == event.reason &&
               e.message == event.message && event.last_time - e.last_time < window;
    });
    if (same != events.rend()) {
        event.count = same->count + 1;
        event.first_time = same->first_time;
        events.erase(std::next(same).base());
    }
    events.push_back(std::move(event));
    if (events.size() > events_max) events.pop_front();
}

/// As Kubernetes limits it. Never in the middle of a UTF-8 sequence.
std::string shortened(const std::string& message) {
    if (message.size() <= message_size_max) return message;
    std::size_t size = message_size_max - 3;
    while (size > 0 && (static_cast<unsigned char>(message[size]) & 0xC0U) == 0x80U) --size;
    return message.substr(0, size) + "...";
}

Event make(
    EventType type,
    const resources::Object& object,
    const std::string& reason,
    const std::string& message,
    const std::string& id,
    Time now
) {
    return {
        .type = type,
        .object = resources::key_of(object),
        .uid = object.metadata.uid,
        .reason = reason,
        .message = shortened(resources::to_utf8(message)),
        .first_time = now,
        .last_time = now,
        .reconcile_id = id
    };
}

std::vector<Event> select(const std::deque<Event>& events, std::int64_t after) {
    std::vector<Event> out;
    std::copy_if(events.begin(), events.end(), std::back_inserter(out), [&](const Event& event) {
        return event.sequence > after;
    });
    return out;
}

json::object encode(const Event& event) {
    return {
        {"sequence", event.sequence},
        {"warning", event.type == EventType::warning},
        {"kind", event.object.kind},
        {"namespace", event.object.ns},
        {"name", event.object.name},
        {"uid", event.uid},
        {"reason", event.reason},
        {"message", event.message},
        {"count", event.count},
        {"first", format_time_micro(event.first_time)},
        {"last", format_time_micro(event.last_time)},
        {"reconcile", event.reconcile_id}
    };
}

using resources::text_at;

std::int64_t number_at(const json::object& object, const char* name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_int64() ? value->as_int64() : 0;
}

Event decode(const json::object& in) {
    Event out;
    out.sequence = number_at(in, "sequence");
    const json::value* warning = in.if_contains("warning");
    if (warning != nullptr && warning->is_bool() && warning->as_bool())
        out.type = EventType::warning;
    out.object = {text_at(in, "kind"), text_at(in, "namespace"), text_at(in, "name")};
    out.uid = text_at(in, "uid");
    out.reason = text_at(in, "reason");
    out.message = text_at(in, "message");
    out.count = number_at(in, "count");
    out.first_time = parse_time(text_at(in, "first"));
    out.last_time = parse_time(text_at(in, "last"));
    out.reconcile_id = text_at(in, "reconcile");
    return out;
}

}  // namespace

EventLog::EventLog(Disk& disk, Clock& clock) : disk_(disk), clock_(clock) {
    load();
}

EventLog::~EventLog() {
    if (unwritten_ > 0) store();
}

void EventLog::record(
    EventType type,
    const resources::Object& object,
    const std::string& reason,
    const std::string& message,
    const std::string& reconcile_id
) {
    const std::scoped_lock lock(mutex_);
    const Time now = clock_.now();
    add(events_, sequence_, make(type, object, reason, message, reconcile_id, now));
    ++unwritten_;
    // Rarely enough to cost little, often enough that little is lost.
    if (unwritten_ < unwritten_max && now - written_ < std::chrono::seconds(1)) return;
    store();
    written_ = now;
}

std::vector<Event> EventLog::list(std::int64_t after) const {
    const std::scoped_lock lock(mutex_);
    return select(events_, after);
}

void EventLog::flush() {
    const std::scoped_lock lock(mutex_);
    if (unwritten_ > 0) store();
}

void EventLog::load() {
    const std::optional<std::string> text = disk_.read(file_name);
    if (!text) return;
    boost::system::error_code error;
    const json::value value = json::parse(*text, error);
    if (error || !value.is_array())
        return log::warn("the stored events are damaged and start anew", {});
    for (const json::value& event : value.as_array()) {
        if (event.is_object()) events_.push_back(decode(event.as_object()));
    }
    while (events_.size() > events_max) events_.pop_front();
    // Somebody may have seen numbers that were not stored any more.
    if (!events_.empty())
        sequence_ = events_.back().sequence + static_cast<std::int64_t>(unwritten_max);
}

void EventLog::store() {
    unwritten_ = 0;
    json::array out;
    for (const Event& event : events_) out.push_back(encode(event));
    try {
        disk_.replace(file_name, json::serialize(out));
    } catch (const StoreError& error) {
        log::warn("events could not be stored", {{"error", error.what()}});
    }
}

void EventMemory::record(
    EventType type,
    const resources::Object& object,
    const std::string& reason,
    const std::string& message,
    const std::string& reconcile_id
) {
    const std::scoped_lock lock(mutex_);
    add(events_, sequence_, make(type, object, reason, message, reconcile_id, clock_.now()));
}

std::vector<Event> EventMemory::list(std::int64_t after) const {
    const std::scoped_lock lock(mutex_);
    return select(events_, after);
}

}  // namespace vectis::controller
