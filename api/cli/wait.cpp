#include "api/cli/commands.hpp"
#include "api/cli/errors.hpp"
#include "api/summary.hpp"
#include "resources/condition.hpp"

#include <algorithm>

namespace vectis::api {
namespace {

using resources::Condition;
using resources::ConditionStatus;

ConditionStatus status_from(const std::string& value) {
    if (value == "True" || value == "true") return ConditionStatus::yes;
    if (value == "False" || value == "false") return ConditionStatus::no;
    if (value == "Unknown" || value == "unknown") return ConditionStatus::unknown;
    throw InvalidInput("'" + value + "' must be True, False or Unknown");
}

bool has_condition(
    const resources::Object& object, const std::string& type, ConditionStatus wanted
) {
    const ObjectState state = state_of(object);
    if (type == "Ready" && wanted == ConditionStatus::yes) return state.phase == Phase::ready;
    const std::vector<Condition> conditions = resources::conditions_of(object.status);
    return std::any_of(conditions.begin(), conditions.end(), [&](const Condition& condition) {
        return condition.type == type && condition.status == wanted &&
               condition.observed_generation == object.metadata.generation;
    });
}

[[noreturn]] void give_up(const Context& context, const Target& target, const std::string& said) {
    throw CommandFailed(
        "timed out after " + std::to_string(context.options.time_limit.count()) + "s waiting for " +
        short_name(target) + (said.empty() ? "" : ": " + said)
    );
}

}  // namespace

void wait_until_ready(
    const Context& context,
    const std::vector<Target>& targets,
    const std::string& condition,
    const std::string& value
) {
    const ConditionStatus wanted = status_from(value);
    const controller::Time end = context.clock.now() + context.options.time_limit;
    for (const Target& target : targets) {
        for (;;) {
            const std::optional<resources::Object> object = context.client.find(target);
            if (object && has_condition(*object, condition, wanted)) break;
            const ObjectState state =
                object ? state_of(*object)
                       : ObjectState{Phase::reconciling, "NotFound", "does not exist"};
            if (condition == "Ready" && state.phase == Phase::stalled)
                throw CommandFailed(short_name(target) + " is stalled: " + state.message);
            if (context.clock.now() > end) give_up(context, target, state.message);
            context.clock.sleep(look_interval, {});
        }
        context.terminal.print(short_name(target) + " condition met\n");
    }
}

void wait_until_deleted(const Context& context, const std::vector<Going>& going) {
    const controller::Time end = context.clock.now() + context.options.time_limit;
    for (const auto& [target, uid] : going) {
        for (;;) {
            const std::optional<resources::Object> object = context.client.find(target);
            if (!object || object->metadata.uid != uid) break;
            if (context.clock.now() > end) give_up(context, target, state_of(*object).message);
            context.clock.sleep(look_interval, {});
        }
    }
}

int wait_command(const Context& context) {
    const std::vector<Target> targets =
        parse_named_targets(context.options.arguments, context.options.ns);
    const std::string& wanted = context.options.wait_for;
    if (wanted == "delete") {
        std::vector<Going> going;
        for (const Target& target : targets) {
            if (const std::optional<resources::Object> object = context.client.find(target))
                going.push_back({target, object->metadata.uid});
        }
        wait_until_deleted(context, going);
        for (const Target& target : targets)
            context.terminal.print(short_name(target) + " is gone\n");
        return exit_done;
    }
    constexpr std::string_view prefix = "condition=";
    if (!wanted.starts_with(prefix) || wanted.size() == prefix.size())
        throw InvalidInput("--for must be condition=NAME[=VALUE] or delete");
    const std::string condition = wanted.substr(prefix.size());
    const std::size_t equals = condition.find('=');
    wait_until_ready(
        context,
        targets,
        condition.substr(0, equals),
        equals == std::string::npos ? "True" : condition.substr(equals + 1)
    );
    return exit_done;
}

}  // namespace vectis::api
