#include "api/cli/progress.hpp"

#include "api/cli/render.hpp"

namespace vectis::api {

std::vector<std::string> live_lines(
    const SummaryView& summary, std::size_t width, std::size_t most
) {
    std::vector<std::string> out;
    std::size_t ready = 0;
    for (const ObjectLine& line : summary.objects) {
        if (line.phase == "Ready") ++ready;
        if ((line.kind != "Workload" && line.phase == "Ready") || out.size() >= most) continue;
        const std::string mark = line.phase == "Ready"     ? "ok  "
                                 : line.phase == "Stalled" ? "FAIL"
                                                           : "... ";
        const std::string said =
            line.phase == "Ready" ? "" : "  " + (line.message.empty() ? line.phase : line.message);
        out.push_back(one_line("  " + mark + ' ' + line.key + said, width));
    }
    out.push_back(
        "  " + std::to_string(ready) + " of " +
        std::to_string(summary.objects.size() + summary.pending.size()) + " objects are Ready"
    );
    return out;
}

void Progress::erase() {
    // Up one line and clear it, for each that was drawn.
    for (std::size_t i = 0; i < drawn_.size(); ++i) terminal_.complain("\x1b[1A\x1b[2K");
    drawn_.clear();
}

void Progress::show(const SummaryView& summary) {
    if (!terminal_.is_live()) {
        for (const std::string& line : changes_between(last_, summary))
            terminal_.complain(one_line(line, 1000) + '\n');
        last_ = summary;
        return;
    }
    constexpr std::size_t most_lines = 30;
    std::vector<std::string> lines =
        live_lines(summary, static_cast<std::size_t>(terminal_.width() - 1), most_lines);
    if (lines == drawn_) return;
    erase();
    for (const std::string& line : lines) terminal_.complain(line + '\n');
    drawn_ = std::move(lines);
}

void Progress::note(const std::string& text) {
    const std::vector<std::string> below = drawn_;
    erase();
    terminal_.complain(one_line(text, 1000) + '\n');
    for (const std::string& line : below) terminal_.complain(line + '\n');
    drawn_ = below;
}

void Progress::finish() {
    drawn_.clear();
}

}  // namespace vectis::api
