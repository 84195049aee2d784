#pragma once

#include "controller/postgres/mail_store.hpp"
#include "reconcilers/core/seams.hpp"

namespace vectis::reconcilers {

/// MailStore::flush, and traces what it has written.
controller::MailStore::Flushed write_pending(
    controller::MailStore& mail, controller::Store& pending, const Trace& trace
);

}  // namespace vectis::reconcilers
