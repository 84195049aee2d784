#include "reconcilers/maps/mapset_reconciler.hpp"

#include "reconcilers/core/announce.hpp"
#include "reconcilers/core/refused.hpp"
#include "resources/access.hpp"
#include "resources/condition.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <utility>

namespace vectis::reconcilers {
namespace {

using controller::ReconcileResult;
using resources::Object;
using resources::ObjectKey;
using std::chrono::seconds;

constexpr seconds look_interval(20);
constexpr seconds wait_interval(1);
/// Reading that takes longer than this takes at most a fifth of the time, however fast the database
/// changes.
constexpr std::chrono::milliseconds quick(200);
constexpr int rest_factor = 4;

constexpr const char* maps_field = "maps";
constexpr const char* volume_field = "volume";

bool is_ready(const Object& object) {
    return resources::is_true_for(object.status, "Ready", object.metadata.generation);
}

/// As they were left in this volume.
MapDigests written_before(const Object& object, const MapPlace& place) {
    MapDigests out;
    if (resources::text_at(object.status, volume_field) != place.volume_mark) return out;
    const boost::json::value* maps = object.status.if_contains(maps_field);
    if (maps == nullptr || !maps->is_object()) return out;
    for (const auto& [name, map] : maps->get_object()) {
        if (map.is_object()) out[name] = resources::text_at(map.get_object(), "digest");
    }
    return out;
}

std::vector<std::string> names_of(const resources::MapSetSpec& spec) {
    std::vector<std::string> out;
    for (const resources::MapEntry& map : spec.maps) out.push_back(map.name);
    return out;
}

std::vector<MapQuery> queries_for(const resources::MapSetSpec& spec, const MapDigests& known) {
    std::vector<MapQuery> out;
    for (const resources::MapEntry& map : spec.maps) {
        const auto digest = known.find(map.name);
        out.push_back({map.source, digest == known.end() ? std::string{} : digest->second});
    }
    return out;
}

std::vector<DesiredMap> desired_maps(
    const resources::MapSetSpec& spec, const std::vector<MapContent>& contents
) {
    std::vector<DesiredMap> out;
    for (std::size_t i = 0; i < spec.maps.size(); ++i)
        out.push_back({spec.maps[i].name, contents.at(i).digest});
    return out;
}

const docker::Mount* mount_at(const docker::Container& container, const std::string& path) {
    for (const docker::Mount& mount : container.mounts) {
        if (mount.target == path && mount.type == docker::Mount::Type::volume) return &mount;
    }
    return nullptr;
}

}  // namespace

MapSetReconciler::Memory& MapSetReconciler::memory_of(const ObjectKey& key) {
    const std::scoped_lock lock(mutex_);
    return memories_[key];
}

ReconcileResult MapSetReconciler::reconcile(
    const ObjectKey& key, const controller::ReconcileContext& context
) {
    const std::optional<Object> object = parts_.seams.platform.get(key);
    if (!object || resources::is_being_deleted(*object)) return {};
    const controller::Time now = parts_.seams.clock.now();
    if (const controller::Time until = memory_of(key).rests_until; now < until)
        return {until - now};
    auto spec = resources::view<resources::MapSetSpec>(object->spec);
    const std::optional<MapPlace> place = place_of(spec, context.stop);
    if (!place)
        return report_waiting(
            *object,
            {"WorkloadNotRunning",
             "Workload " + spec.workload + " does not run with a volume at " + spec.path + '.'}
        );
    if (!parts_.source.is_open())
        return report_waiting(*object, {"DatabaseNotReady", "The mail database is not ready yet."});
    const Task task{
        *object,
        std::move(spec),
        *place,
        {.deadline = seconds(60), .stop = context.stop},
        context.id
    };
    try {
        return converge(task);
    } catch (const docker::EngineError&) {
        look_again(key);
        throw;
    } catch (const ActionRefused& refused) {
        look_again(key);
        report_refused(*object, refused.what());
        throw;
    } catch (const controller::StoreError& error) {
        report_unread(*object, error.what());
        throw;
    }
}

ReconcileResult MapSetReconciler::converge(const Task& task) {
    const ObjectKey key = resources::key_of(task.object);
    const std::uint64_t ticket = parts_.board.begin();
    const MapPicture picture{written_before(task.object, task.place), look(task)};
    const std::vector<MapContent> contents = read(task, picture.found.value_or(picture.written));
    const std::vector<MapAction> actions = plan_maps(desired_maps(task.spec, contents), picture);
    announce_some(task, actions);
    const MapDigests now = perform(task, actions, contents);
    for (const MapAction& action : actions) {
        const auto found = now.find(action.name);
        const auto place = std::find_if(
            task.spec.maps.begin(),
            task.spec.maps.end(),
            [&](const resources::MapEntry& map) { return map.name == action.name; }
        );
        const MapContent& content =
            contents.at(static_cast<std::size_t>(place - task.spec.maps.begin()));
        if (found == now.end() || found->second != content.digest)
            throw ActionRefused(
                to_text(action),
                {docker::RefusalReason::failed, "what a reader finds is not what was written"}
            );
    }
    report_ready(task, contents);
    parts_.board.finish(key, ticket);
    return {look_interval};
}

std::vector<MapContent> MapSetReconciler::read(const Task& task, const MapDigests& known) {
    const controller::Time begin = parts_.seams.clock.now();
    std::vector<MapContent> contents =
        parts_.source.read(queries_for(task.spec, known), task.call.stop);
    const controller::Time end = parts_.seams.clock.now();
    if (end - begin > quick)
        memory_of(resources::key_of(task.object)).rests_until =
            end + rest_factor * (end - begin - quick);
    return contents;
}

/// The volume of the container that runs now: it is empty if it was made anew.
std::optional<MapPlace> MapSetReconciler::place_of(
    const resources::MapSetSpec& spec, const std::stop_token& stop
) {
    const std::shared_ptr<const World> world = parts_.world.observe(stop);
    for (const docker::Container& container :
         parts_.world.containers_of(*world, {"Workload", "", spec.workload}, stop)) {
        if (container.state != docker::ContainerState::running) continue;
        const docker::Mount* mount = mount_at(container, spec.path);
        if (mount == nullptr) continue;
        const auto volume = world->volumes.find(mount->source);
        if (volume == world->volumes.end()) continue;
        return MapPlace{container.id, spec.path, volume->second.created_at};
    }
    return std::nullopt;
}

/// What was asked for may still happen: looking puts an end to that.
void MapSetReconciler::look_again(const ObjectKey& key) {
    memory_of(key).container.clear();
}

bool MapSetReconciler::is_look_due(const Task& task) {
    const Memory memory = memory_of(resources::key_of(task.object));
    return memory.container != task.place.container ||
           parts_.seams.clock.now() - memory.looked_at >= look_interval;
}

std::optional<MapDigests> MapSetReconciler::look(const Task& task) {
    if (!is_look_due(task)) return std::nullopt;
    std::optional<MapDigests> found = parts_.files.look(task.place, names_of(task.spec), task.call);
    Memory& memory = memory_of(resources::key_of(task.object));
    memory.container = task.place.container;
    memory.looked_at = parts_.seams.clock.now();
    return found;
}

/// That data follows the mail database is no news; that a table had to be repaired is.
void MapSetReconciler::announce_some(const Task& task, const std::vector<MapAction>& actions) {
    for (const MapAction& action : actions) {
        if (action.why == MapAction::Why::data) continue;
        announce(
            parts_.seams.trace, resources::key_of(task.object), to_text(action), cause_of(action)
        );
        parts_.seams.events.record(
            is_repair(action) ? controller::EventType::warning : controller::EventType::normal,
            task.object,
            is_repair(action) ? "Repaired" : "Acted",
            to_text(action) + ": " + cause_of(action),
            task.reconcile_id
        );
        if (is_repair(action))
            count_drift(
                parts_.seams, "MapSet", action.why == MapAction::Why::missing ? "missing" : "edited"
            );
    }
}

/// All in one go: what one change means for several tables is in all of them within moments.
MapDigests MapSetReconciler::perform(
    const Task& task, const std::vector<MapAction>& actions, const std::vector<MapContent>& contents
) {
    std::map<std::string, std::string> texts;
    for (const MapAction& action : actions) {
        for (std::size_t i = 0; i < task.spec.maps.size(); ++i) {
            if (task.spec.maps[i].name == action.name)
                texts[action.name] = contents.at(i).text.value_or("");
        }
    }
    if (texts.empty()) return {};
    return parts_.files.write(task.place, texts, task.call);
}

void MapSetReconciler::report_ready(const Task& task, const std::vector<MapContent>& contents) {
    boost::json::object status = task.object.status;
    boost::json::object maps;
    for (std::size_t i = 0; i < task.spec.maps.size(); ++i)
        maps[task.spec.maps[i].name] = boost::json::object{
            {"digest", contents.at(i).digest}, {"entries", contents.at(i).entries}
        };
    status[maps_field] = std::move(maps);
    status[volume_field] = task.place.volume_mark;
    status.erase(refused_since);
    set_ready(
        status,
        task.object,
        {"Written", "They are as the mail database says."},
        controller::format_time(parts_.seams.clock.now())
    );
    write_status_if_changed(parts_.seams.platform, task.object, status);
}

/// Tables that were in order stay in order while their reader or the database is away.
ReconcileResult MapSetReconciler::report_waiting(const Object& object, const StatusNote& note) {
    if (is_ready(object)) return {look_interval};
    boost::json::object status = object.status;
    set_reconciling(status, object, note, controller::format_time(parts_.seams.clock.now()));
    write_status_if_changed(parts_.seams.platform, object, status);
    return {wait_interval};
}

/// They go on serving what they have. No reason to take anything back: no change of ours brought
/// it.
void MapSetReconciler::report_unread(const Object& object, const std::string& why) {
    boost::json::object status = object.status;
    const controller::Time now = parts_.seams.clock.now();
    const controller::Time since = note_refusal(status, now);
    if (has_lasted(since, now) || !is_ready(object))
        set_reconciling(status, object, {"DatabaseUnreachable", why}, controller::format_time(now));
    write_status_if_changed(parts_.seams.platform, object, status);
}

void MapSetReconciler::report_refused(const Object& object, const std::string& why) {
    boost::json::object status = object.status;
    const controller::Time now = parts_.seams.clock.now();
    const controller::Time since = note_refusal(status, now);
    const StatusNote note{"MapsNotWritten", why};
    // One call that failed changes nothing about tables that are in order.
    if (has_lasted(since, now))
        set_stalled(status, object, note, controller::format_time(now));
    else if (!is_ready(object))
        set_reconciling(status, object, note, controller::format_time(now));
    write_status_if_changed(parts_.seams.platform, object, status);
}

}  // namespace vectis::reconcilers
