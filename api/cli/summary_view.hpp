#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace vectis::api {

/// One object of /api/v1/status, as commands look at it.
struct ObjectLine {
    std::string key{};  ///< "Workload/postfix"
    std::string kind{};
    std::string phase{};
    std::string reason{};
    std::string message{};
    std::string container{};
    std::string image{};
    std::string hostname{};
    std::string ports{};        ///< "smtp 2525, submission 2587"
    std::string repair{};       ///< time and text of the last one
    std::string declared_by{};  ///< "file:<folder>", "cli"; empty for what an object made
    std::int64_t restarts = 0;

    friend bool operator==(const ObjectLine&, const ObjectLine&) = default;
};

struct SummaryView {
    std::vector<ObjectLine> objects{};
    std::vector<std::string> warnings{};
    std::vector<std::string> pending{};  ///< declared, but not stored yet
    std::int64_t pid = 0;
    std::int64_t metrics_port = 0;

    friend bool operator==(const SummaryView&, const SummaryView&) = default;
};

/// Without what somebody else declared: the folder cannot mend that.
SummaryView concerning(const SummaryView& summary, const std::string& folder);

/// Lenient: what is missing stays empty.
SummaryView summary_from(const boost::json::object& json);

/// Everything declared is stored and Ready, and there is at least one object.
bool is_settled(const SummaryView& summary);
/// Those that will not become Ready without a change.
std::vector<ObjectLine> stalled(const SummaryView& summary);

/// The lines for what differs, as plain text: "Workload/postfix: Reconciling (Starting): waits for
/// its probe".
std::vector<std::string> changes_between(const SummaryView& before, const SummaryView& now);

std::string status_text(const SummaryView& summary);

}  // namespace vectis::api
