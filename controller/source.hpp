#pragma once

#include "controller/apply.hpp"
#include "controller/clock.hpp"
#include "controller/disk.hpp"
#include "resources/field_error.hpp"
#include "resources/load.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vectis::controller {

struct FolderContent {
    std::vector<resources::SourceFile> files{};
    std::vector<resources::FieldError> errors{};
};

/// The *.yaml and *.yml of a folder, or one file, sorted by path; hidden ones and folders in it are
/// left out. At most 1,000 files of 10 MiB. What cannot be read is an error, never left out:
/// objects that are not seen would be removed.
FolderContent read_folder(const std::string& path);

struct DeclareOutcome {
    std::vector<resources::FieldError> errors{};  ///< if any, nothing was changed
    ApplyOutcome applied{};
};

/// The folders that the installation is declared in, mostly one. They are remembered, so that a
/// restarted controller reads them again and removes what left them meanwhile. Thread-safe.
class Source {
public:
    Source(const Stores& stores, Disk& disk, Clock& clock);

    /// Reads, validates and applies as a whole, and tries again what is Stalled; only then is the
    /// folder remembered. A folder that declares nothing is an error: an empty file is more often
    /// an accident than a wish.
    DeclareOutcome declare(const std::string& folder);
    /// The remembered folders once more, in the order in which they were declared, with all that
    /// came of it; one that has an error does not keep the others. Nothing if there is none.
    std::optional<DeclareOutcome> reload();
    /// The folder that was declared last, or empty.
    std::string folder();
    std::vector<std::string> folders();
    /// All of them.
    void forget();
    /// Where an object was declared when its folder was last read, as "FILE:LINE"; or empty.
    std::string place_of(const resources::ObjectKey& key);

private:
    DeclareOutcome apply_folder(const std::string& folder, Retry retry);
    std::set<resources::ObjectKey> known_beside(const std::string& manager);
    std::vector<std::string> remembered();

    Stores stores_;
    Disk& disk_;
    Clock& clock_;
    std::map<resources::ObjectKey, std::string> places_;
    std::map<resources::ObjectKey, std::string> managers_;  ///< of mail objects, as last seen
    std::mutex mutex_;
};

}  // namespace vectis::controller
