#include "resources/database/database.hpp"

#include "resources/decode.hpp"
#include "resources/spec_functions.hpp"
#include "resources/text.hpp"

namespace vectis::resources {

template <>
DatabaseSpec view<DatabaseSpec>(const boost::json::object& spec) {
    return detail::decode_leniently<DatabaseSpec>(spec);
}

std::vector<FieldError> validate(const DatabaseSpec& spec) {
    std::vector<FieldError> errors;
    const auto check = [&](const std::string& reference, const std::string& path) {
        if (!matches(reference, "[a-z0-9-]+/[A-Za-z0-9._-]+"))
            errors.push_back(
                {.path = path, .message = "must be NAME/KEY such as postgres-owner/password"}
            );
    };
    check(spec.superuser_secret, "/spec/superuserSecret");
    for (std::size_t i = 0; i < spec.roles.size(); ++i)
        check(
            spec.roles[i].password_secret, "/spec/roles/" + std::to_string(i) + "/passwordSecret"
        );
    return errors;
}

template SpecFunctions spec_functions<DatabaseSpec>();

}  // namespace vectis::resources
