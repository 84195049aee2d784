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
    std::string waiting{};  ///< why mail objects are not written yet; empty: all are
};

/// For those whom nobody asked: what went wrong, in the log.
void log_problems(const DeclareOutcome& outcome);

/// What becomes of objects that another folder declares.
enum class Conflicts { refuse, take_over };

/// Whether the manager is a folder that is there no more: it was moved or removed, so nothing can
/// be changed there, and what it declared may be declared anew elsewhere.
bool is_gone(const std::string& manager);

/// The folders that the installation is declared in, mostly one. They are remembered, so that a
/// restarted controller reads them again and removes what left them meanwhile. Thread-safe.
class Source {
public:
    Source(const Stores& stores, Disk& disk, Clock& clock);

    /// Reads, validates and applies as a whole, and tries again what is Stalled. The folder is
    /// remembered once it is valid, before the first write: a controller that is lost in between is
    /// followed by one that does the rest. A folder that declares nothing is an error: an empty
    /// file is more often an accident than a wish. A folder from which everything was taken over is
    /// forgotten. Throws MailAway when all but the mail objects is done; they are for
    /// `settle`.
    DeclareOutcome declare(const std::string& folder, Conflicts conflicts = Conflicts::refuse);
    /// The remembered folders once more, in the order in which they were declared, with all that
    /// came of it; one that has an error does not keep the others, and a mail store that does not
    /// answer none of the platform's objects. Nothing if there is none.
    std::optional<DeclareOutcome> reload();
    /// Does what was left undone while the mail store was closed or away; call when it answers:
    /// declares the mail objects of the folders, and takes their folder from those that left it.
    /// Returns what was declared and what came of it. Throws StoreError if it does not answer
    /// again, and goes on where it stopped the next time.
    DeclareOutcome settle();
    /// What the folder declared becomes nobody's, and the folder is forgotten: its objects can be
    /// deleted one by one and do not come back.
    ApplyOutcome release(const std::string& folder);
    /// The folder that was declared last, or empty.
    std::string folder();
    std::vector<std::string> folders();
    /// All of them.
    void forget();
    /// Where an object was declared when its folder was last accepted, as "FILE:LINE"; or empty.
    std::string place_of(const resources::ObjectKey& key);

private:
    DeclareOutcome apply_folder(const std::string& folder, const ApplyOptions& options);
    bool is_source_of_any(const std::string& manager);
    void note_places(
        const std::string& folder, const std::vector<resources::LoadedObject>& objects
    );
    void look_at_mail();
    std::vector<std::string> remembered();
    void remember(const std::vector<std::string>& folders);
    void remember_also(const std::string& folder);

    Stores stores_;
    Disk& disk_;
    Clock& clock_;
    struct Place {
        std::string folder{};
        std::string text{};  ///< "FILE:LINE"
    };
    std::map<resources::ObjectKey, Place> places_;
    std::set<std::string> unsettled_;  ///< folders that were applied since `settle`
    std::set<std::string> unapplied_;  ///< folders of which something may not be written yet
    std::map<resources::ObjectKey, std::string> managers_;  ///< of mail objects, as last seen
    std::mutex mutex_;
};

}  // namespace vectis::controller
