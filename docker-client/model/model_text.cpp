#include "docker-client/model/model_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace vectis::docker {
namespace {

std::uint64_t mix(std::uint64_t value) {
    value += 0x9E3779B97F4A7C15ULL;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31);
}

void append_hex(std::string& text, std::uint64_t value) {
    static constexpr std::string_view digits = "0123456789abcdef";
    for (int shift = 60; shift >= 0; shift -= 4) text += digits[value >> shift & 0xFU];
}

}  // namespace

bool matches(const Labels& labels, const Labels& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto& pair) {
        const auto found = labels.find(pair.first);
        return found != labels.end() && (pair.second.empty() || pair.second == found->second);
    });
}

void sort_unique(std::vector<std::string>& list) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
}

std::string spread_id(std::uint64_t number) {
    std::string id;
    for (std::uint64_t part = 0; part < 4; ++part) append_hex(id, mix(number * 4 + part));
    return id;
}

std::string content_id(std::string_view bytes) {
    std::array<std::uint64_t, 4> sums{1, 2, 3, 4};
    for (const char c : bytes) {
        const auto byte = static_cast<std::uint64_t>(static_cast<unsigned char>(c));
        for (std::uint64_t& sum : sums) sum = (sum ^ byte) * 0x100000001B3ULL + 0x9E3779B9ULL;
    }
    std::string id;
    for (const std::uint64_t sum : sums) append_hex(id, mix(sum));
    return id;
}

std::vector<std::string> split_words(std::string_view line) {
    static constexpr std::string_view blanks = " \t\r";
    std::vector<std::string> words;
    while (true) {
        const std::size_t start = line.find_first_not_of(blanks);
        if (start == std::string_view::npos) return words;
        line.remove_prefix(start);
        const std::size_t end = std::min(line.find_first_of(blanks), line.size());
        words.emplace_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

bool normalise_path(std::string_view path, std::string& normal) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const std::size_t slash = std::min(path.find('/'), path.size());
        const std::string_view part = path.substr(0, slash);
        path.remove_prefix(std::min(path.size(), slash + 1));
        if (part.empty() || part == ".") continue;
        if (part != "..") {
            parts.push_back(part);
        } else if (parts.empty()) {
            return false;
        } else {
            parts.pop_back();
        }
    }
    normal.clear();
    for (const std::string_view part : parts) {
        if (!normal.empty()) normal += '/';
        normal += part;
    }
    return true;
}

}  // namespace vectis::docker
