#include "controller/home.hpp"

#include <optional>
#include <stdexcept>

namespace vectis::controller {
namespace {

std::string value_of(const std::map<std::string, std::string>& environment, const std::string& name) {
    const auto place = environment.find(name);
    return place == environment.end() ? std::string{} : place->second;
}

}  // namespace

Home home_from(const std::map<std::string, std::string>& environment, unsigned int user_id) {
    if (const std::string chosen = value_of(environment, "VECTIS_HOME"); !chosen.empty()) {
        if (chosen.front() != '/') throw std::invalid_argument("VECTIS_HOME '" + chosen + "' must be an absolute path");
        return {chosen};
    }
    if (user_id == 0) return {"/var/lib/vectis"};
    const std::string home = value_of(environment, "HOME");
    if (home.empty()) throw std::invalid_argument("neither VECTIS_HOME nor HOME is set");
    return {home + "/.local/state/vectis"};
}

std::string project_from(const std::map<std::string, std::string>& environment) {
    const std::string chosen = value_of(environment, "VECTIS_PROJECT");
    if (chosen.empty()) return "vectis";
    const bool is_good = chosen.size() <= 32 && chosen.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos && chosen.front() != '-' && chosen.back() != '-';
    if (!is_good) throw std::invalid_argument("VECTIS_PROJECT '" + chosen + "' must be lower-case letters, digits and dashes, at most 32");
    return chosen;
}

std::string installation_id(Disk& disk, Random& random, Time now) {
    constexpr const char* name = "installation";
    if (const std::optional<std::string> known = disk.read(name); known && known->size() >= 36) return known->substr(0, 36);
    const std::string made = random.uuid(now);
    disk.replace(name, made + '\n');
    return made;
}

}  // namespace vectis::controller
