#include "reconcilers/workload/workload_plan.hpp"

#include <string_view>

namespace vectis::reconcilers {
namespace {

std::string_view words_of(WorkloadVerb verb) {
    switch (verb) {
        case WorkloadVerb::ensure_image:
            return "make ready image";
        case WorkloadVerb::create_volume:
            return "create volume";
        case WorkloadVerb::fill_files:
            return "fill volume";
        case WorkloadVerb::fill_live:
            return "fill volume";
        case WorkloadVerb::swap_live:
            return "swap live files of container";
        case WorkloadVerb::create_container:
            return "create container";
        case WorkloadVerb::quarantine:
            return "quarantine the revision of container";
        case WorkloadVerb::set_restart_no:
            return "set restart policy no on container";
        case WorkloadVerb::set_restart_unless_stopped:
            return "set restart policy unless-stopped on container";
        case WorkloadVerb::stop:
            return "stop container";
        case WorkloadVerb::start:
            return "start container";
        case WorkloadVerb::restart:
            return "restart container";
        case WorkloadVerb::unpause:
            return "unpause container";
        case WorkloadVerb::connect:
            return "connect container";
        case WorkloadVerb::reconnect:
            return "reconnect container";
        case WorkloadVerb::record_stable:
            return "record as stable container";
        case WorkloadVerb::remove_container:
            return "remove container";
        case WorkloadVerb::remove_volume:
            return "remove volume";
    }
    return "unknown action on";
}

}  // namespace

std::string to_text(const WorkloadAction& action) {
    std::string text = std::string(words_of(action.verb)) + ' ' + action.target;
    if (action.verb == WorkloadVerb::connect || action.verb == WorkloadVerb::reconnect)
        text += " to network " + action.network.network;
    return text;
}

}  // namespace vectis::reconcilers
