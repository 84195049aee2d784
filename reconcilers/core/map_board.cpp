#include "reconcilers/core/map_board.hpp"

#include <algorithm>

namespace vectis::reconcilers {

using resources::ObjectKey;

void MapBoard::hear() {
    for (const ObjectKey& set : sets_()) wake_(set);
}

void MapBoard::expect(const ObjectKey& key, const std::string& change) {
    {
        const std::scoped_lock lock(mutex_);
        expected_[key] = {change, ++clock_};
    }
    hear();
}

bool MapBoard::is_expected(const ObjectKey& key) {
    const std::scoped_lock lock(mutex_);
    return expected_.contains(key);
}

bool MapBoard::has(const ObjectKey& key, const std::string& change) {
    const std::vector<ObjectKey> sets = sets_();
    {
        const std::scoped_lock lock(mutex_);
        const auto expected = expected_.find(key);
        if (expected != expected_.end() && expected->second.change == change) {
            const bool is_written =
                std::all_of(sets.begin(), sets.end(), [&](const ObjectKey& set) {
                    const auto written = written_.find(set);
                    return written != written_.end() && written->second > expected->second.since;
                });
            if (is_written) expected_.erase(expected);
            return is_written;
        }
    }
    if (sets.empty()) return true;
    expect(key, change);
    return false;
}

void MapBoard::forget(const ObjectKey& key) {
    const std::scoped_lock lock(mutex_);
    expected_.erase(key);
}

std::uint64_t MapBoard::begin() {
    const std::scoped_lock lock(mutex_);
    return ++clock_;
}

void MapBoard::finish(const ObjectKey& set, std::uint64_t ticket) {
    std::vector<ObjectKey> waiting;
    {
        const std::scoped_lock lock(mutex_);
        std::uint64_t& written = written_[set];
        written = std::max(written, ticket);
        for (const auto& [key, expected] : expected_) {
            if (expected.since < written) waiting.push_back(key);
        }
    }
    for (const ObjectKey& key : waiting) wake_(key);
}

}  // namespace vectis::reconcilers
