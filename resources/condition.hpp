#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace vectis::resources {

enum class ConditionStatus { no, yes, unknown };

/// One entry of `status.conditions` (Kubernetes metav1.Condition; Ready, Reconciling and Stalled
/// have the meaning of kstatus).
struct Condition {
    std::string type{};
    ConditionStatus status = ConditionStatus::unknown;
    std::string reason{};   ///< one CamelCase word
    std::string message{};  ///< one sentence
    std::int64_t observed_generation = 0;
    std::string last_transition_time{};

    friend bool operator==(const Condition&, const Condition&) = default;
};

/// Reads `status.conditions`; malformed entries are left out.
std::vector<Condition> conditions_of(const boost::json::object& status);

/// Sets or replaces one condition by type in `status.conditions`. `last_transition_time` of
/// `condition` is used only if the status of that type changes; otherwise the old time stays.
void set_condition(boost::json::object& status, const Condition& condition);

void remove_condition(boost::json::object& status, std::string_view type);

/// True if `type` is True for exactly `generation`.
bool is_true_for(const boost::json::object& status, std::string_view type, std::int64_t generation);

}  // namespace vectis::resources
