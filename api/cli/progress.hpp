#pragma once

#include "api/cli/summary_view.hpp"
#include "api/cli/terminal.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace vectis::api {

/// Shows on `err` how things come about: on a terminal one line for each object that matters,
/// redrawn; elsewhere a line for each change.
class Progress {
public:
    explicit Progress(Terminal& terminal) : terminal_(terminal) {}
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress() { finish(); }

    void show(const SummaryView& summary);
    /// A line of its own that stays.
    void note(const std::string& text);
    /// Leaves what is shown as it is.
    void finish();

private:
    void erase();

    Terminal& terminal_;
    SummaryView last_;
    std::vector<std::string> drawn_;
};

/// Lines for a terminal: workloads always, other objects only while they are not Ready.
std::vector<std::string> live_lines(
    const SummaryView& summary, std::size_t width, std::size_t most
);

}  // namespace vectis::api
