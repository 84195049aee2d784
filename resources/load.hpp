#pragma once

#include "resources/field_error.hpp"
#include "resources/object.hpp"
#include "resources/yaml.hpp"

#include <set>
#include <span>
#include <string>
#include <vector>

namespace vectis::resources {

struct SourceFile {
    std::string path{};
    std::string text{};
};

struct LoadedObject {
    Object object{};
    std::string file{};
    Position position{};
};

struct LoadResult {
    std::vector<LoadedObject> objects{};
    std::vector<FieldError> errors{};  ///< all of them; if there is one, nothing may be accepted
};

/// Reads and validates files as a whole: syntax, kinds, every field, duplicates between files, one
/// Platform at most, and what objects say of each other (a mailbox needs its domain, an alias must
/// not lead back to itself). `known` are the keys of objects that exist already and may be referred
/// to; `own` are those that the same files declared before. Mail objects among these stay when they
/// are taken out, and keep their address. Pure.
LoadResult load(
    std::span<const SourceFile> files,
    const std::set<ObjectKey>& known,
    const std::set<ObjectKey>& own = {}
);

}  // namespace vectis::resources
