#pragma once

#include "controller/apply.hpp"
#include "controller/clock.hpp"
#include "controller/events.hpp"
#include "controller/planning.hpp"
#include "controller/queries.hpp"
#include "controller/source.hpp"
#include "resources/field_error.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace vectis::api {

/// A folder that was declared with `vectis up`, and what became of it.
struct SourceState {
    std::string path{};
    std::string message{};     ///< one sentence; empty: everything was applied
    std::int64_t objects = 0;  ///< how many the folder declares
    std::int64_t changed = 0;  ///< how many the last declaration created, changed or pruned
    std::vector<std::string> pending{
    };  ///< objects that wait for their store ("Mailbox/example.test/alice")
    /// Mail objects that left the folder and stay, and that nobody has declared since.
    std::vector<resources::ObjectKey> left{};
};

struct DeclareOutcome {
    SourceState source{};
    std::vector<resources::FieldError> errors{};  ///< if any, nothing was accepted (422)
    std::vector<std::string> conflicts{};         ///< if any, nothing was accepted (409)
    /// What a store said no to; everything else was applied (409).
    std::vector<controller::RefusedObject> refused{};
};

struct DownRequest {
    bool removes_volumes = false;
    bool removes_images = false;
};

struct DownProgress {
    bool is_done = false;
    std::vector<std::string> remaining{};  ///< what still has to go, as "Workload/postfix"
    std::vector<std::string> problems{};   ///< one sentence each: what cannot be removed, and why
    bool is_blocked = false;  ///< nothing was done, and waiting does not help; `problems` say why
};

/// What the router asks. All references are borrowed and outlive it; everything is called from
/// several threads.
struct Backends {
    controller::Stores stores;
    controller::Clock& clock;
    controller::EventRecorder& events;
    controller::Planner& planner;
    controller::Queries& queries;
    /// Loads, validates and applies a folder as manager "file:<path>", and remembers it.
    std::function<DeclareOutcome(const std::string& path, controller::Conflicts conflicts)> declare{
    };
    std::function<std::vector<SourceState>()> sources{};
    /// "FILE:LINE" of an object that a folder declares, empty if nobody knows.
    std::function<std::string(const resources::ObjectKey& key)> declared_at{};
    /// Makes what a folder declared nobody's and forgets the folder.
    std::function<controller::ApplyOutcome(const std::string& path)> release{};
    /// Begins or goes on taking everything down, and says how far it is. Called again and again
    /// until `is_done`.
    std::function<DownProgress(const DownRequest&)> down{};
    std::uint16_t metrics_port = 0;  ///< on loopback; 0: there are none
};

}  // namespace vectis::api
