#include "api/cli/commands.hpp"
#include "api/cli/declaration.hpp"
#include "api/cli/errors.hpp"

namespace vectis::api {

std::vector<std::string> declared_paths(const Options& options) {
    std::vector<std::string> out = options.files;
    out.insert(out.end(), options.arguments.begin(), options.arguments.end());
    return out;
}

std::set<resources::ObjectKey> stored_keys(const ApiClient& client) {
    constexpr int unavailable = 503;
    std::set<resources::ObjectKey> out;
    for (const resources::Kind& kind : resources::kinds()) {
        try {
            for (const resources::Object& object : client.list({&kind, "", ""}))
                out.insert(resources::key_of(object));
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
