#pragma once

#include <string>

namespace vectis::reconcilers {

/// The annotation by which somebody gives up what was lost: its value names what.
inline constexpr const char* recreate_annotation = "vectis.dev/recreate";

/// What to do about something that was there and is gone; `mark` is what the annotation has to say.
inline std::string recreate_remedy(const std::string& kind, const std::string& mark) {
    return "; restore it from a backup, or annotate the " + kind + " with " + recreate_annotation +
           ": \"" + mark + "\" to start with a new one";
}

}  // namespace vectis::reconcilers
