#include "reconcilers/database/migrations.hpp"

#include "reconcilers/core/sha256.hpp"

#include <algorithm>
#include <stdexcept>

namespace vectis::reconcilers {
namespace {

/// "0001_resources.sql" → 1, "resources"; anything else in the folder is no migration.
bool parse_name(const std::string& file, Migration& migration) {
    if (file.size() < 10 || file[4] != '_' || !file.ends_with(".sql")) return false;
    if (!std::all_of(file.begin(), file.begin() + 4, [](char c) { return c >= '0' && c <= '9'; }))
        return false;
    migration.number = std::stoll(file.substr(0, 4));
    migration.name = file.substr(5, file.size() - 9);
    return true;
}

}  // namespace

std::vector<Migration> migrations_of(
    const controller::Manifests& manifests, const std::string& folder
) {
    std::vector<Migration> out;
    for (const std::string& path : manifests.list("sql/" + folder)) {
        Migration migration;
        if (!parse_name(path.substr(path.rfind('/') + 1), migration)) continue;
        migration.sql = manifests.read(path).value();
        migration.checksum = sha256_hex(migration.sql);
        out.push_back(std::move(migration));
    }
    std::sort(out.begin(), out.end(), [](const Migration& left, const Migration& right) {
        return left.number < right.number;
    });
    for (std::size_t i = 1; i < out.size(); ++i) {
        if (out[i].number == out[i - 1].number)
            throw std::runtime_error(
                "sql/" + folder + " has two migrations with number " + std::to_string(out[i].number)
            );
    }
    return out;
}

}  // namespace vectis::reconcilers
