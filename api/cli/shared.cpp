#include "api/cli/commands.hpp"
#include "api/cli/declaration.hpp"
#include "api/cli/errors.hpp"

namespace vectis::api {

std::vector<std::string> declared_paths(const Options& options) {
    std::vector<std::string> out = options.files;
    out.insert(out.end(), options.arguments.begin(), options.arguments.end());
    return out;
}

Stored stored_for(const ApiClient& client, std::span<const std::string> paths) {
    constexpr int unavailable = 503;
    // What a folder declares is judged as the controller judges it: beside what it declared before.
    const bool is_folder = paths.size() == 1 && is_folder_path(paths.front());
    const std::string manager = is_folder ? "file:" + real_path(paths.front()) : "";
    Stored out;
    for (const resources::Kind& kind : resources::kinds()) {
        try {
            for (const resources::Object& object : client.list({&kind, "", ""})) {
                const bool is_own = is_folder && resources::applied_by(object) == manager;
                (is_own ? out.own : out.beside).insert(resources::key_of(object));
            }
        } catch (const ApiError& error) {
            if (error.code() != unavailable) throw;
        }
    }
    return out;
}

std::vector<resources::ObjectKey> no_longer_declared(
    const ApiClient& client, const std::string& folder, const std::vector<resources::Object>& wanted
) {
    std::set<resources::ObjectKey> kept;
    for (const resources::Object& object : wanted) kept.insert(resources::key_of(object));
    std::vector<resources::ObjectKey> out;
    for (const resources::Kind& kind : resources::kinds()) {
        if (kind.home != resources::Home::platform) continue;
        for (const resources::Object& object : client.list({&kind, "", ""})) {
            const resources::ObjectKey key = resources::key_of(object);
            if (resources::applied_by(object) == "file:" + folder && !kept.contains(key))
                out.push_back(key);
        }
    }
    return out;
}

}  // namespace vectis::api
