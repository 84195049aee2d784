#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace vectis::test {

/// The first lines that differ, for a message that can be read.
inline std::string first_difference(const std::string& kept, const std::string& now) {
    std::istringstream before(kept);
    std::istringstream after(now);
    for (int number = 1;; ++number) {
        std::string old_line;
        std::string new_line;
        const bool has_old = static_cast<bool>(std::getline(before, old_line));
        const bool has_new = static_cast<bool>(std::getline(after, new_line));
        if (!has_old && !has_new) return {};
        if (has_old != has_new || old_line != new_line)
            return "line " + std::to_string(number) + ": '" + old_line + "' is now '" + new_line +
                   "'";
    }
}

/// Compares with a file below tests/golden, which UPDATE_GOLDEN=1 writes anew.
inline void expect_golden(const std::string& name, const std::string& now) {
    const std::filesystem::path path = std::filesystem::path("tests/golden") / name;
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << now;
    }
    std::ostringstream kept;
    kept << std::ifstream(path).rdbuf();
    EXPECT_TRUE(kept.str() == now)
        << path << " differs; UPDATE_GOLDEN=1 rewrites it; " << first_difference(kept.str(), now);
}

}  // namespace vectis::test
