#pragma once

#include "docker-client/types.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vectis::docker {

/// Whether `labels` has all of `wanted`; an empty wanted value matches any value.
bool matches(const Labels& labels, const Labels& wanted);

void sort_unique(std::vector<std::string>& list);

/// 64 hex digits that depend on nothing but `number` and whose first twelve do not repeat in
/// practice.
std::string spread_id(std::uint64_t number);

/// 64 hex digits of the bytes; equal bytes give equal digits. Not cryptographic.
std::string content_id(std::string_view bytes);

/// Words separated by blanks.
std::vector<std::string> split_words(std::string_view line);

/// Normal form of a path: no leading or trailing slash, no "." parts. Empty for the root.
/// Returns false if ".." would leave the root.
bool normalise_path(std::string_view path, std::string& normal);

}  // namespace vectis::docker
