#include "reconcilers/database/known_database.hpp"

#include "resources/access.hpp"
#include "resources/database/database.hpp"

#include <algorithm>
#include <vector>

namespace vectis::reconcilers {

bool was_converged(const resources::Object& database) {
    const std::string name = resources::text_at(database.status, "database");
    return !name.empty() &&
           name == resources::view<resources::DatabaseSpec>(database.spec).database;
}

bool has_mail_database(controller::Store& platform) {
    const std::vector<resources::Object> all = platform.list({.kind = "Database"}).items;
    return std::any_of(all.begin(), all.end(), was_converged);
}

}  // namespace vectis::reconcilers
