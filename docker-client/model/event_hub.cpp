#include "docker-client/model/event_hub.hpp"

#include <algorithm>
#include <utility>

namespace vectis::docker {

void EventHub::append(const std::vector<Event>& events) {
    if (events.empty()) return;
    const std::lock_guard lock(mutex_);
    for (const Event& event : events) {
        ring_.push_back(event);
        if (ring_.size() > ring_size_max) ring_.pop_front();
        if (pending_.size() < queue_size_max) pending_.push_back(event);
        for (Queue* reader : readers_) {
            if (reader->size() < queue_size_max) reader->push_back(event);
        }
    }
    changed_.notify_all();
}

std::vector<Event> EventHub::take() {
    const std::lock_guard lock(mutex_);
    const Queue taken = std::exchange(pending_, {});
    return {taken.begin(), taken.end()};
}

void EventHub::stream(
    std::optional<Time> since, const EventSink& sink, const std::stop_token& stop
) {
    std::unique_lock lock(mutex_);
    const std::uint64_t life = lives_;
    Queue queue;
    if (since) {
        const auto first = std::find_if(ring_.begin(), ring_.end(), [&](const Event& event) {
            return event.time >= *since;
        });
        queue.assign(first, ring_.end());
    }
    struct Registration {
        EventHub& hub;
        Queue* queue;
        // The lock is held whenever control leaves the loop below, by a return or by an exception.
        ~Registration() { std::erase(hub.readers_, queue); }
    };
    readers_.push_back(&queue);
    const Registration registration{.hub = *this, .queue = &queue};
    while (true) {
        while (!queue.empty()) {
            const Event event = std::move(queue.front());
            queue.pop_front();
            lock.unlock();
            try {
                sink(event);
            } catch (...) {
                lock.lock();
                throw;
            }
            lock.lock();
        }
        if (lives_ != life) {
            throw EngineError(
                EngineError::Outcome::unknown, "read events: the engine closed the stream"
            );
        }
        if (stop.stop_requested()) return;
        changed_.wait(lock, stop, [&] { return !queue.empty() || lives_ != life; });
    }
}

void EventHub::break_streams() {
    const std::lock_guard lock(mutex_);
    ++lives_;
    changed_.notify_all();
}

void EventHub::forget() {
    break_streams();
    const std::lock_guard lock(mutex_);
    ring_.clear();
}

}  // namespace vectis::docker
