#pragma once

#include "controller/store.hpp"
#include "resources/object.hpp"

namespace vectis::reconcilers {

/// Whether the Database was found as declared once, as its status remembers. It stays there while
/// it does not answer.
bool was_converged(const resources::Object& database);

/// Whether one of the declared databases was: the mail objects are in it then.
bool has_mail_database(controller::Store& platform);

}  // namespace vectis::reconcilers
