#pragma once

#include "controller/reconciler.hpp"
#include "reconcilers/core/map_board.hpp"
#include "reconcilers/core/map_source.hpp"
#include "reconcilers/core/seams.hpp"
#include "reconcilers/core/status.hpp"
#include "reconcilers/core/world_cache.hpp"
#include "reconcilers/maps/map_files.hpp"
#include "reconcilers/maps/map_plan.hpp"
#include "resources/mapset/mapset.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::reconcilers {

/// Keeps the lookup tables of a Workload as the mail database says. Woken whenever mail objects or
/// passwords change; looks into the tables every 20 s, for nothing tells of an edited one. While
/// the database is away they stay as they are.
class MapSetReconciler final : public controller::Reconciler {
public:
    struct Parts {
        Seams& seams;
        WorldCache& world;
        MapSource& source;
        MapFiles& files;
        MapBoard& board;
    };
    explicit MapSetReconciler(const Parts& parts) : parts_(parts) {}

    std::string_view kind() const override { return "MapSet"; }
    controller::ReconcileResult reconcile(
        const resources::ObjectKey& key, const controller::ReconcileContext& context
    ) override;

private:
    /// What this controller remembers of a set, for it to be gentle; nothing depends on it.
    struct Memory {
        std::string container{};  ///< into which it looked last
        controller::Time looked_at{};
        controller::Time rests_until{};
    };
    struct Task {
        const resources::Object& object;
        resources::MapSetSpec spec{};
        MapPlace place{};
        docker::Call call{};
        std::string reconcile_id{};
    };

    controller::ReconcileResult converge(const Task& task);
    std::optional<MapPlace> place_of(
        const resources::MapSetSpec& spec, const std::stop_token& stop
    );
    std::optional<MapDigests> look(const Task& task);
    void look_again(const resources::ObjectKey& key);
    bool is_look_due(const Task& task);
    std::vector<MapContent> read(const Task& task, const MapDigests& known);
    MapDigests perform(
        const Task& task,
        const std::vector<MapAction>& actions,
        const std::vector<MapContent>& contents
    );
    void announce_some(const Task& task, const std::vector<MapAction>& actions);
    void report_ready(const Task& task, const std::vector<MapContent>& contents);
    controller::ReconcileResult report_waiting(
        const resources::Object& object, const StatusNote& note
    );
    void report_unread(const resources::Object& object, const std::string& why);
    void report_refused(const resources::Object& object, const std::string& why);
    Memory& memory_of(const resources::ObjectKey& key);

    Parts parts_;
    std::mutex mutex_;
    std::map<resources::ObjectKey, Memory> memories_;
};

}  // namespace vectis::reconcilers
