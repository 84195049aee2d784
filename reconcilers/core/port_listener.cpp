#include "reconcilers/core/port_listener.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace vectis::reconcilers {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view listen_state = "0A";

std::string text_of(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool is_number(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

bool holds(const fs::path& process, const std::set<std::string>& inodes) {
    std::error_code error;
    for (fs::directory_iterator it(process / "fd", error), end; !error && it != end;
         it.increment(error)) {
        std::error_code unreadable;
        const std::string target = fs::read_symlink(it->path(), unreadable).string();
        if (target.starts_with("socket:[") && inodes.contains(target.substr(8, target.size() - 9)))
            return true;
    }
    return false;
}

}  // namespace

std::set<std::string> listening_inodes(std::string_view table, std::uint16_t port) {
    std::set<std::string> out;
    std::istringstream lines{std::string(table)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        const std::vector<std::string> row{std::istream_iterator<std::string>(words), {}};
        constexpr std::size_t local = 1, state = 3, inode = 9;
        if (row.size() <= inode || row[state] != listen_state) continue;
        const std::size_t colon = row[local].rfind(':');
        unsigned found = 0;
        const char* end = row[local].data() + row[local].size();
        if (colon == std::string::npos ||
            std::from_chars(row[local].data() + colon + 1, end, found, 16).ptr != end)
            continue;
        if (found == port) out.insert(row[inode]);
    }
    return out;
}

std::string listener_of(std::uint16_t port) {
    std::set<std::string> inodes = listening_inodes(text_of("/proc/net/tcp"), port);
    inodes.merge(listening_inodes(text_of("/proc/net/tcp6"), port));
    if (inodes.empty()) return {};
    std::error_code error;
    for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
        const std::string pid = it->path().filename().string();
        if (!is_number(pid) || !holds(it->path(), inodes)) continue;
        std::string name = text_of(it->path() / "comm");
        std::erase(name, '\n');
        return "process " + name + " (pid " + pid + ")";
    }
    return {};
}

}  // namespace vectis::reconcilers
