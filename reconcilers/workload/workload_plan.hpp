#pragma once

#include "controller/clock.hpp"
#include "docker-client/types.hpp"
#include "resources/diff.hpp"
#include "resources/workload/workload.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vectis::reconcilers {

/// A declared Workload with everything that it refers to resolved.
struct DesiredWorkload {
    std::string component{};  ///< metadata.name
    resources::WorkloadSpec spec{};
    bool is_deleted = false;
    std::string image{};     ///< reference to create from
    std::string image_id{};  ///< empty: the engine does not have it
    std::string spec_hash{};
    std::string files_hash{};
    std::string live_hash{};     ///< empty: no live files
    std::string files_volume{};  ///< named by content; empty: no files
    std::string live_volume{};   ///< empty: no live files
    /// Declared name → name on the engine, those of `stable_spec` too.
    std::map<std::string, std::string> networks{};
    std::map<std::string, std::string> volumes{};  ///< declared name → name on the engine
    /// Declared names of networks that are not yet as they are declared: a container made now would
    /// be judged by what goes away.
    std::set<std::string> changing_networks{};
    /// What was declared when it last was Ready; the proven container is kept as this says.
    std::optional<resources::WorkloadSpec> stable_spec{};
    /// What differs from `stable_spec` in what a container is made from, the image aside.
    std::vector<resources::FieldChange> changes{};
    std::vector<resources::FieldChange> live_changes{};  ///< the same of the live files
};

/// What the prober last saw of a container.
struct ProbeView {
    bool is_known = false;
    bool is_ready = false;
    controller::Time asked_since{};  ///< by this controller
    controller::Time ready_since{};
    int failures = 0;  ///< in a row
    std::string message{};
    std::string lack{};  ///< one word: what it lacks that no restart brings
};

struct ObservedContainer {
    docker::Container container{};
    std::int64_t generation = 0;  ///< the number at the end of its name
    std::string image{};          ///< from its labels, like the hashes
    std::string spec_hash{};
    std::string files_hash{};
    std::string image_hash{};
    ProbeView probe{};
};

struct ObservedWorkload {
    std::vector<ObservedContainer> containers{};  ///< oldest generation first
    std::map<std::string, std::string> networks{
    };  ///< name on the engine → id, those that are ours
    std::map<std::string, docker::Volume> volumes{};  ///< by name, those that are ours
    std::vector<std::string> own_volumes{};  ///< file volumes of this Workload, any content
};

/// What must outlive the controller; stored in the status.
struct WorkloadProgress {
    std::string stable_revision{};       ///< last one that proved itself
    std::string quarantined_revision{};  ///< failed; not tried again until the desired one differs
    std::string quarantine_reason{};
    std::string quarantine_message{};
    std::string attempt{};  ///< the try that was quarantined, as the object's annotation says
    std::map<std::string, std::string> filled{};  ///< file volume → created_at when it was filled
    std::string live_hash{};
    std::vector<controller::Time> restarts{};  ///< within the budget's window
    std::int64_t restarts_total = 0;
    std::int64_t docker_restarts = 0;  ///< restart count that the budget has seen
    std::int64_t generation = 0;       ///< highest that was given
    std::string repaired{};            ///< the last repair, as a sentence
    std::optional<controller::Time> repaired_at{};
    std::string served{};  ///< start of a container that was seen to serve: its id and time
    std::optional<controller::Time> refused_since{
    };  ///< the engine refuses, or the image cannot be had, since then

    friend bool operator==(const WorkloadProgress&, const WorkloadProgress&) = default;
};

enum class WorkloadVerb {
    ensure_image,
    create_volume,
    fill_files,
    fill_live,
    swap_live,
    create_container,
    quarantine,
    set_restart_no,
    set_restart_unless_stopped,
    stop,
    start,
    restart,
    unpause,
    connect,
    reconnect,
    record_stable,
    remove_container,
    remove_volume,
};

/// One effect. `target` is a container, volume or image; `detail` what else it needs (the reason,
/// the revision); `network` how a container is to be connected.
struct WorkloadAction {
    WorkloadVerb verb{};
    std::string target{};
    std::string detail{};
    std::string cause{};
    resources::NetworkAttachment network{};

    friend bool operator==(const WorkloadAction&, const WorkloadAction&) = default;
};

/// The cause of a container that is made because none is there.
inline constexpr const char* no_container = "there is no container";

/// The `detail` of a start or restart that counts against the restart budget.
inline constexpr const char* counted_restart = "counted";

/// "create container vectis-postfix-2"; the same on every machine.
std::string to_text(const WorkloadAction& action);

/// `unknown`: it served before this controller was started and has not been asked yet; what was
/// said of it stays.
enum class WorkloadPhase { ready, progressing, stalled, unknown };

struct WorkloadPlan {
    std::vector<WorkloadAction> actions{};  ///< in order; stopping after any of them is safe
    WorkloadPhase phase = WorkloadPhase::progressing;
    std::string reason{};
    std::string message{};
    std::optional<controller::Duration> again_after{};
    std::string serving{};   ///< container that is the current one, by name
    std::string revision{};  ///< of `serving`
    bool is_gone = false;    ///< deleted, and nothing is left
};

/// One start of a container, as `WorkloadProgress::served` names it.
std::string start_of(const docker::Container& container);

/// Identity of what a container was made from.
std::string revision_of(
    const std::string& image,
    const std::string& image_id,
    const std::string& spec_hash,
    const std::string& files_hash
);

/// Pure: reads its arguments only.
WorkloadPlan plan_workload(
    const DesiredWorkload& desired,
    const ObservedWorkload& observed,
    const WorkloadProgress& progress,
    const std::string& project,
    controller::Time now
);

}  // namespace vectis::reconcilers
