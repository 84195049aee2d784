#pragma once

#include "controller/clock.hpp"
#include "resources/object.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vectis::controller {

enum class EventType { normal, warning };

/// Something that happened to an object, as Kubernetes' core/v1 Event.
struct Event {
    std::int64_t sequence = 0;  ///< grows with every record, repeated ones included
    EventType type = EventType::normal;
    resources::ObjectKey object{};
    std::string uid{};
    std::string reason{};  ///< CamelCase word
    std::string message{};
    std::int64_t count = 1;
    Time first_time{};
    Time last_time{};
    std::string reconcile_id{};
};

/// Takes events; equal ones (object, reason, message) within ten minutes become one with a count.
/// Thread-safe.
class EventRecorder {
public:
    EventRecorder() = default;
    EventRecorder(const EventRecorder&) = delete;
    EventRecorder& operator=(const EventRecorder&) = delete;
    virtual ~EventRecorder() = default;

    virtual void record(
        EventType type,
        const resources::Object& object,
        const std::string& reason,
        const std::string& message,
        const std::string& reconcile_id
    ) = 0;
    /// Oldest first, those with a sequence above `after`.
    virtual std::vector<Event> list(std::int64_t after = 0) const = 0;
};

}  // namespace vectis::controller
