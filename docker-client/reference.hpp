#pragma once

#include <string>

namespace vectis::docker {

/// "registry:5000/team/name:tag@sha256:…" taken apart. Not checked: the engine does that.
struct ImageReference {
    std::string name{};    ///< "registry:5000/team/name"
    std::string tag{};     ///< empty if there is none
    std::string digest{};  ///< "sha256:…", empty if there is none

    friend bool operator==(const ImageReference&, const ImageReference&) = default;
};

ImageReference parse_reference(const std::string& text);

/// Whether an engine could take `text` for the beginning of an id: it then acts on whatever object
/// has such an id, where none has that name.
bool may_be_short_id(const std::string& text);

/// A reference that an engine cannot take for the beginning of an image's id.
std::string exact_image(const std::string& reference);

}  // namespace vectis::docker
