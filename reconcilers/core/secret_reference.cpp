#include "reconcilers/core/secret_reference.hpp"

namespace vectis::reconcilers {

std::optional<std::string> find_secret(controller::Secrets& secrets, const std::string& reference) {
    const std::size_t slash = reference.find('/');
    const std::string name = reference.substr(0, slash);
    const std::string key = slash == std::string::npos ? "password" : reference.substr(slash + 1);
    const std::optional<controller::Secrets::Values> values =
        secrets.get(std::string(controller::platform_namespace) + '/' + name);
    if (!values || !values->contains(key)) return std::nullopt;
    return values->at(key);
}

}  // namespace vectis::reconcilers
