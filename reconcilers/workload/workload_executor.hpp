#pragma once

#include "docker-client/engine.hpp"
#include "reconcilers/core/images.hpp"
#include "reconcilers/core/refused.hpp"
#include "reconcilers/core/seams.hpp"
#include "reconcilers/workload/workload_desired.hpp"
#include "reconcilers/workload/workload_plan.hpp"
#include "resources/object.hpp"

#include <functional>
#include <map>
#include <stop_token>
#include <string>

namespace vectis::reconcilers {

/// Performs the actions of one plan for one Workload. Thin: whatever there is to decide was decided
/// by the plan. What must outlive the controller is saved with the effect that it belongs to:
/// before it where a lost record would repeat harm, else after it.
class WorkloadExecutor {
public:
    using Save = std::function<void(const WorkloadProgress&)>;

    struct Subject {
        const resources::Object& object;
        const DesiredWorkload& desired;
        const RenderedFiles& files;
        const ObservedWorkload& observed;
    };

    WorkloadExecutor(
        Seams& seams, Images& images, const Subject& subject, WorkloadProgress& progress, Save save
    );

    /// Throws ActionRefused or docker::EngineError. An `ensure_image` that is not done yet returns
    /// its status.
    JobStatus perform(const WorkloadAction& action, std::stop_token stop);

private:
    void note(const WorkloadAction& action);
    void act(const WorkloadAction& action, const docker::Call& call);
    JobStatus ensure_image(const WorkloadAction& action);
    void create_volume(const WorkloadAction& action, const docker::Call& call);
    void fill(
        const WorkloadAction& action,
        const std::string& path,
        const std::vector<docker::TarEntry>& entries,
        const docker::Call& call
    );
    docker::Volume require_own_volume(const WorkloadAction& action, const docker::Call& call);
    void remove_left_over(
        const WorkloadAction& action, const std::string& name, const docker::Call& call
    );
    std::string id_of(const std::string& name) const;
    void fill_files(const WorkloadAction& action, const docker::Call& call);
    void fill_live(const WorkloadAction& action, const docker::Call& call);
    void swap_live(const WorkloadAction& action, const docker::Call& call);
    void reload(const WorkloadAction& action, const docker::Call& call);
    void remove_old_live(const WorkloadAction& action, const docker::Call& call);
    void run(
        const WorkloadAction& action,
        const std::vector<std::string>& command,
        const docker::Call& call
    );
    void create_container(const WorkloadAction& action, const docker::Call& call);
    void quarantine(const WorkloadAction& action);
    void connect(const WorkloadAction& action, const docker::Call& call);
    void set_policy(
        const WorkloadAction& action, docker::RestartPolicy policy, const docker::Call& call
    );
    void start(const WorkloadAction& action, const docker::Call& call);
    void remove_volume(const WorkloadAction& action, const docker::Call& call);
    void count_restart(const WorkloadAction& action);

    Seams& seams_;
    Images& images_;
    const Subject subject_;
    WorkloadProgress& progress_;
    Save save_;
    std::map<std::string, std::string> made_{};  ///< containers of this plan: name → id
};

}  // namespace vectis::reconcilers
