#include "controller/home.hpp"

#include "controller/store.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace vectis::controller {
namespace {

std::string value_of(
    const std::map<std::string, std::string>& environment, const std::string& name
) {
    const auto place = environment.find(name);
    return place == environment.end() ? std::string{} : place->second;
}

bool is_uuid(const std::string& text) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return text.size() == form.size() &&
           std::equal(text.begin(), text.end(), form.begin(), [](char c, char f) {
               const bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
               return f == '-' ? c == '-' : is_digit;
           });
}

/// A folder with other things in it is somebody's: a person's home, a data disk.
bool has_only_strange_files(const Home& home) {
    namespace fs = std::filesystem;
    std::error_code error;
    for (const std::string& own :
         {home.state(),
          home.up_lock(),
          home.pid(),
          home.lock(),
          home.log(),
          home.socket(),
          home.secrets()}) {
        if (fs::exists(own, error)) return false;
    }
    for (fs::directory_iterator entry(home.folder, error); !error && entry != fs::end(entry);
         entry.increment(error)) {
        // Every new file system has one.
        if (entry->path().filename() != "lost+found") return true;
    }
    return false;
}

}  // namespace

void claim_home(const Home& home) {
    const std::string advice = "; set VECTIS_HOME to a folder of its own";
    try {
        if (has_only_strange_files(home))
            throw StoreError("the folder " + home.folder + " has files of others in it");
        make_private_folder(home.folder);
    } catch (const StoreError& error) {
        throw StoreError(error.what() + advice);
    }
}

Home home_from(const std::map<std::string, std::string>& environment, unsigned int user_id) {
    if (const std::string chosen = value_of(environment, "VECTIS_HOME"); !chosen.empty()) {
        if (chosen.front() != '/')
            throw std::invalid_argument("VECTIS_HOME '" + chosen + "' must be an absolute path");
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
    const bool is_good =
        chosen.size() <= 32 &&
        chosen.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos &&
        chosen.front() != '-' && chosen.back() != '-';
    if (!is_good)
        throw std::invalid_argument(
            "VECTIS_PROJECT '" + chosen +
            "' must be lower-case letters, digits and dashes, at most 32"
        );
    return chosen;
}

std::string installation_id(Disk& disk, Random& random, Time now) {
    constexpr const char* name = "installation";
    if (const std::optional<std::string> known = disk.read(name)) {
        std::string id = known->substr(0, known->find('\n'));
        // Another id would turn all that runs into foreign objects, which are never touched.
        if (!is_uuid(id)) {
            throw StoreError(
                std::string("the file '") + name +
                "' of VECTIS_HOME holds no UUID: restore it from a "
                "backup, or write the value of the containers' label vectis.dev/installation into "
                "it"
            );
        }
        return id;
    }
    const std::string made = random.uuid(now);
    disk.replace(name, made + '\n');
    return made;
}

}  // namespace vectis::controller
