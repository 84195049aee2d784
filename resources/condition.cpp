#include "resources/condition.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <string_view>

namespace vectis::resources {
namespace json = boost::json;
namespace {

std::string_view status_text(ConditionStatus status) {
    switch (status) {
        case ConditionStatus::no:
            return "False";
        case ConditionStatus::yes:
            return "True";
        case ConditionStatus::unknown:
            break;
    }
    return "Unknown";
}

ConditionStatus status_from(std::string_view text) {
    if (text == "True") return ConditionStatus::yes;
    if (text == "False") return ConditionStatus::no;
    return ConditionStatus::unknown;
}

std::string_view text_at(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return {value->as_string().data(), value->as_string().size()};
}

json::object encode(const Condition& condition) {
    return {
        {"type", condition.type},
        {"status", status_text(condition.status)},
        {"reason", condition.reason},
        {"message", condition.message},
        {"observedGeneration", condition.observed_generation},
        {"lastTransitionTime", condition.last_transition_time},
    };
}

Condition decode(const json::object& in) {
    Condition out;
    out.type = text_at(in, "type");
    out.status = status_from(text_at(in, "status"));
    out.reason = text_at(in, "reason");
    out.message = text_at(in, "message");
    out.last_transition_time = text_at(in, "lastTransitionTime");
    const json::value* generation = in.if_contains("observedGeneration");
    if (generation != nullptr && generation->is_int64())
        out.observed_generation = generation->as_int64();
    return out;
}

void store(json::object& status, const std::vector<Condition>& conditions) {
    json::array out;
    for (const Condition& condition : conditions) out.push_back(encode(condition));
    status["conditions"] = std::move(out);
}

}  // namespace

std::vector<Condition> conditions_of(const json::object& status) {
    std::vector<Condition> out;
    const json::value* list = status.if_contains("conditions");
    if (list == nullptr || !list->is_array()) return out;
    for (const json::value& entry : list->as_array()) {
        if (entry.is_object()) out.push_back(decode(entry.as_object()));
    }
    return out;
}

void set_condition(json::object& status, const Condition& condition) {
    std::vector<Condition> all = conditions_of(status);
    const auto place = std::find_if(all.begin(), all.end(), [&](const Condition& c) {
        return c.type == condition.type;
    });
    if (place == all.end()) {
        all.push_back(condition);
    } else {
        const std::string since = place->last_transition_time;
        const bool keeps_status = place->status == condition.status;
        *place = condition;
        if (keeps_status) place->last_transition_time = since;
    }
    store(status, all);
}

void remove_condition(json::object& status, std::string_view type) {
    std::vector<Condition> all = conditions_of(status);
    if (std::erase_if(all, [&](const Condition& c) { return c.type == type; }) > 0)
        store(status, all);
}

bool is_true_for(const json::object& status, std::string_view type, std::int64_t generation) {
    for (const Condition& condition : conditions_of(status)) {
        if (condition.type == type) {
            return condition.status == ConditionStatus::yes &&
                   condition.observed_generation == generation;
        }
    }
    return false;
}

}  // namespace vectis::resources
