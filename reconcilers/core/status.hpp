#pragma once

#include "controller/store.hpp"
#include "resources/object.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace vectis::reconcilers {

/// Why an object is in its state: one word, one sentence.
struct StatusNote {
    std::string reason{};
    std::string message{};
};

/// Conditions in the meaning of kstatus. Ready: Ready=True and nothing else. Reconciling:
/// Ready=False and Reconciling=True. Stalled: Ready=False and Stalled=True. All for the object's
/// generation; `now` is RFC 3339.
void set_ready(
    boost::json::object& status,
    const resources::Object& object,
    const StatusNote& note,
    const std::string& now
);
void set_reconciling(
    boost::json::object& status,
    const resources::Object& object,
    const StatusNote& note,
    const std::string& now
);
void set_stalled(
    boost::json::object& status,
    const resources::Object& object,
    const StatusNote& note,
    const std::string& now
);

/// Writes `status` if it differs from the object's. An object that is gone meanwhile is no error.
void write_status_if_changed(
    controller::Store& store, const resources::Object& object, const boost::json::object& status
);

}  // namespace vectis::reconcilers
