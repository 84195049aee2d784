#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "controller/apply.hpp"
#include "controller/clock.hpp"
#include "controller/disk.hpp"
#include "resources/field_error.hpp"
#include "resources/load.hpp"

namespace vectis::controller {

struct FolderContent {
    std::vector<resources::SourceFile> files{};
    std::vector<resources::FieldError> errors{};
};

/// The *.yaml and *.yml of a folder, or one file, sorted by path; hidden ones are left out. At most 1,000 files of 10 MiB.
FolderContent read_folder(const std::string& path);

struct DeclareOutcome {
    std::vector<resources::FieldError> errors{};  ///< if any, nothing was changed
    ApplyOutcome applied{};
};

/// The folder that the installation is declared in. It is remembered, so that a restarted controller reads it again and removes
/// what left it meanwhile. Thread-safe.
class Source {
public:
    Source(const Stores& stores, Disk& disk, Clock& clock);

    /// Reads, validates and applies as a whole; only then is the folder remembered.
    DeclareOutcome declare(const std::string& folder);
    /// The remembered folder once more; nothing if there is none.
    std::optional<DeclareOutcome> reload();
    std::string folder();
    void forget();

private:
    DeclareOutcome apply_folder(const std::string& folder);

    Stores stores_;
    Disk& disk_;
    Clock& clock_;
    std::mutex mutex_;
};

}  // namespace vectis::controller
